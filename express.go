package kubenames

import (
	"fmt"
	"runtime"
	"strconv"

	"github.com/coredns/caddy"
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/plugin/express"
)

// ride is what the block says of the express lane. The zero value wants none.
type ride struct {
	sockets int
	limit   int // questions at a time that go to the server
}

// Limits of the option.
const (
	maxSockets   = 256
	defaultLimit = 1024
	maxLimit     = 1 << 16
)

// setExpress reads the option's arguments.
func setExpress(c *config, args []string) error {
	if express.ErrSystem != nil {
		return fmt.Errorf("express: %w", express.ErrSystem)
	}
	c.express = ride{min(runtime.GOMAXPROCS(0), maxSockets), defaultLimit}
	for i, a := range args {
		n, err := strconv.Atoi(a)
		switch {
		case i == 0 && (err != nil || n < 1 || n > maxSockets):
			return fmt.Errorf("express %s: want a number of sockets, 1 to %d", a, maxSockets)
		case i == 0:
			c.express.sockets = n
		case err != nil || n < 1 || n > maxLimit:
			return fmt.Errorf("express %s %s: want a number of questions at a time, 1 to %d", args[0], a, maxLimit)
		default:
			c.express.limit = n
		}
	}
	return nil
}

// board makes the listeners of the block have lanes, from when they serve until another instance takes them over, or all
// ends.
func (k *Kubenames) board(c *caddy.Controller) {
	ctx, server := c.Context(), dnsserver.GetConfig(c)
	all, err := blocks(ctx)
	if err != nil {
		log.Warningf("no express lane: %s", err)
		return
	}
	share := func(c *dnsserver.Config) {
		before := c.UDPDecorateWriterFunc
		c.UDPDecorateWriterFunc = func(s *dnsserver.Server) (decorate dns.DecorateWriter) {
			if before != nil {
				decorate = before(s)
			}
			running.begin(ctx, s, decorate)
			return decorate
		}
	}
	share(server)
	for _, other := range all {
		if other != server && other.UDPDecorateWriterFunc != nil {
			share(other) // of the blocks of a listener the last that has one is asked
		}
	}
	reload := false
	c.OnStartup(func() error { running.expect(ctx, k); return nil })
	c.OnRestart(func() error { reload = true; return nil })
	c.OnRestartFailed(func() error { reload = false; return nil }) // the fleet is told by endWith
	c.OnShutdown(func() error {
		if reload {
			running.end(ctx, false)
		}
		return nil
	})
	c.OnFinalShutdown(func() error { running.end(ctx, true); return nil }) // behind that of health, the lame duck's time
}
