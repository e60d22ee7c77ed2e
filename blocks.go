package kubenames

import (
	"fmt"
	"net"
	"reflect"

	"github.com/coredns/caddy"
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/plugin"
)

// What CoreDNS knows of its Corefile and tells no plugin: all server blocks. It is only looked at. Another version of
// CoreDNS may keep it in another way; then there is an error.

// blocks is the configurations of all server blocks, one for each zone and port.
func blocks(c caddy.Context) ([]*dnsserver.Config, error) {
	field := inside(c, "configs")
	if !field.IsValid() || field.Type() != reflect.TypeFor[[]*dnsserver.Config]() {
		return nil, fmt.Errorf("%T: server blocks are not where CoreDNS 1.15 has them", c)
	}
	all := make([]*dnsserver.Config, field.Len())
	for i := range all {
		all[i] = (*dnsserver.Config)(field.Index(i).UnsafePointer())
	}
	return all, nil
}

// registered is the handlers of a block, those among them that no directive is named for.
func registered(c *dnsserver.Config) ([]plugin.Handler, error) {
	field := inside(c, "registry")
	if !field.IsValid() || field.Type() != reflect.TypeFor[map[string]plugin.Handler]() {
		return nil, fmt.Errorf("%T: handlers are not where CoreDNS 1.15 has them", c)
	}
	var all []plugin.Handler
	for _, name := range field.MapKeys() {
		all = append(all, c.Handler(name.String()))
	}
	return all, nil
}

// opcodes reports whether a plugin of the block wants messages other than QUERY and NOTIFY.
func opcodes(c *dnsserver.Config) bool {
	field := inside(c, "allowedOpcodes")
	return !field.IsValid() || field.Kind() != reflect.Map || field.Len() > 0
}

// inside is a field of what the value points to; not valid if there is none.
func inside(value any, field string) reflect.Value {
	v := reflect.ValueOf(value)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		return reflect.Value{}
	}
	return v.Elem().FieldByName(field)
}

// listeners is the addresses that the block listens at, as its servers are called.
func listeners(c *dnsserver.Config) (all []string) {
	for _, h := range c.ListenHosts {
		if a, err := net.ResolveTCPAddr("tcp", net.JoinHostPort(h, c.Port)); err == nil {
			all = append(all, c.Transport+"://"+a.String())
		}
	}
	return all
}
