package zone

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"

	"github.com/kubenames/kubenames/plugin/answer"
)

// PodMode says which names below pod.ORIGIN exist.
type PodMode uint8

// Disabled: none. Insecure: one for each address that can be written. Verified: one for each address of a pod.
const (
	Disabled PodMode = iota
	Insecure
	Verified
)

// Spec is what the operator decides. It is immutable once New has it.
type Spec struct {
	Origins    []string // zones to answer for, at least one of them not reverse
	TTL        uint32   // of all records, seconds
	Pods       PodMode
	PodNames   bool     // endpoints without a hostname are named after their pods
	Namespaces []string // the only ones that are exposed; none: all

	Clustersets []string // origins in which, and below which, ServiceImports stand in the place of Services
	IgnoreEmpty bool     // a Service with a cluster IP and without ready endpoints does not exist
	Zonal       bool     // headless Services have names for the endpoints of one topology zone
	Strict      Strict
}

// Strict is where answers keep to the letter of a standard, and the kubernetes plugin does not.
type Strict struct {
	Names    bool // dns.ORIGIN exists, for ns.dns.ORIGIN does (RFC 8020 2)
	Ports    bool // names of ports have their underscores, and services only (RFC 2782)
	Reverse  bool // the inside of a reverse tree is never handed to others
	Weights  bool // SRV records of a set have the same weight, whatever the families of their addresses
	Glue     bool // glue that is left out does not make a reply truncated (RFC 2181 9)
	External bool // an endpoint's label in front of a Service with external IPs is no name, nor is it with an underscore
	Pointers bool // PTR records of names that somebody chose leave no place for those that are made of addresses
}

// origin is a zone that is answered for. Immutable.
type origin struct {
	text    string // lower case, fully qualified
	end     answer.Suffix
	soa     answer.SOA // of serial 0
	index   int        // among the origins
	labels  int
	reverse bool
	imports bool // ServiceImports are in it
	span    span
	divided bool // there are others below it
	deep    bool // there are others below names of Services in it
}

// span is the addresses that a reverse zone has names for: those with the first nibbles of the key. It has no width if
// there are none.
type span struct {
	key     key
	nibbles uint8
	width   uint8
}

func (s span) has(k key) bool { return k.prefix(s.nibbles) == s.key }

// New is an empty zone, of which nothing is known yet.
func New(spec Spec) (*Zone, error) {
	z := &Zone{spec: spec, now: time.Now}
	for _, text := range spec.Origins {
		o, err := newOrigin(text)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(z.origins, func(p origin) bool { return p.text == o.text }) {
			z.origins, z.texts = append(z.origins, o), append(z.texts, o.text)
		}
	}
	if err := z.share(spec.Clustersets); err != nil {
		return nil, err
	}
	if z.primary == "" && z.clusterset == "" {
		return nil, errors.New("zones: want at least one that is not a reverse zone")
	}
	// The longest origin that fits is the one that counts.
	slices.SortStableFunc(z.origins, func(a, b origin) int { return b.labels - a.labels })
	for _, n := range spec.Namespaces {
		if z.exposed == nil {
			z.exposed = map[string]struct{}{}
		}
		z.exposed[n] = struct{}{}
	}
	for i := range z.origins {
		o := &z.origins[i]
		o.index, z.texts[i], z.longest = i, o.text, max(z.longest, o.end.Len()-1)
		o.soa = answer.NewSOA(o.text, 0, min(spec.TTL, 300), spec.TTL)
		for _, p := range z.origins[:i] {
			if left := p.labels - o.labels; left > 0 && dns.IsSubDomain(o.text, p.text) {
				o.divided, o.deep = true, o.deep || left > 3
			}
		}
	}
	empty := newView()
	for i := range z.origins {
		empty.soas = append(empty.soas, newSOAs(&z.origins[i], 0))
	}
	z.view.Store(empty)
	z.local.Store(&[]netip.Addr{})
	z.version, z.importVersion = answer.Text(versionTTL, version), answer.Text(versionTTL, importVersion)
	return z, nil
}

// share gives the origins at and below those of the clusterset to ServiceImports.
func (z *Zone) share(clustersets []string) error {
	for _, text := range clustersets {
		set, err := newOrigin(text)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(z.origins, func(o origin) bool { return o.text == set.text }) {
			return fmt.Errorf("multicluster %s: want one of the zones that are served: %s", set.text, strings.Join(z.Origins(), " "))
		}
		for i := range z.origins {
			o := &z.origins[i]
			o.imports = o.imports || !o.reverse && dns.IsSubDomain(set.text, o.text)
		}
	}
	for _, o := range z.origins {
		switch {
		case o.reverse:
		case o.imports && z.clusterset == "":
			z.clusterset, z.clustersetEnd = o.text, o.end
		case !o.imports && z.primary == "":
			z.primary, z.primaryEnd = o.text, o.end
		}
	}
	return nil
}

// special reports whether a message's text may spell the character with an escape.
func special(c rune) bool {
	return !(c == '-' || c == '.' || c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z')
}

func newOrigin(text string) (origin, error) {
	text = strings.ToLower(dns.Fqdn(text))
	var q answer.Query
	if err := q.SetName(text); err != nil || strings.ContainsFunc(text, special) {
		return origin{}, errors.New("zone " + text + ": want a domain name")
	}
	o := origin{text: text, labels: q.Labels()}
	o.end, _ = answer.NewSuffix(text)
	o.reverse = dns.IsSubDomain("in-addr.arpa.", text) || dns.IsSubDomain("ip6.arpa.", text)
	if o.reverse {
		o.span = newSpan(&q)
	}
	return o, nil
}

// match is the origin that the query's name is at or below, and how many labels are left of it; nil: none.
func (z *Zone) match(q *answer.Query) (*origin, int) {
	for i := range z.origins {
		o := &z.origins[i]
		if o.end.Ends(q) {
			return o, q.Labels() - o.labels
		}
	}
	return nil, 0
}

// longestName is the most bytes that a name takes on the wire (RFC 1035 2.3.4).
const longestName = 255

// nameable reports whether there is such a name in each of the origins: a label, or none, in front of a relative name.
// Where an origin is long, the longest names that Kubernetes takes are too long for DNS.
func (z *Zone) nameable(label, rel string) bool {
	n := z.longest + 1 + len(rel) + 1
	if label != "" {
		n += 1 + len(label)
	}
	return n <= longestName
}

// Origins is the zones that are answered for, lower case and fully qualified; the longest first. It is not to be changed.
func (z *Zone) Origins() []string { return z.texts }

// Reverse reports whether the zone is a reverse zone (RFC 1035 3.5, RFC 3596 2.5).
func Reverse(origin string) bool {
	o, err := newOrigin(origin)
	return err == nil && o.reverse
}
