package zone

import (
	"errors"
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
}

// origin is a zone that is answered for. Immutable.
type origin struct {
	text    string // lower case, fully qualified
	wire    []byte // the same on the wire, without the root
	index   int    // among the origins
	labels  int
	reverse bool
}

// New is an empty zone, of which nothing is known yet.
func New(spec Spec) (*Zone, error) {
	z := &Zone{spec: spec, now: time.Now}
	for _, text := range spec.Origins {
		o, err := newOrigin(text)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(z.origins, func(p origin) bool { return p.text == o.text }) {
			z.origins = append(z.origins, o)
		}
	}
	i := slices.IndexFunc(z.origins, func(o origin) bool { return !o.reverse })
	if i < 0 {
		return nil, errors.New("zones: want at least one that is not a reverse zone")
	}
	z.primary = z.origins[i].text
	// The longest origin that fits is the one that counts.
	slices.SortStableFunc(z.origins, func(a, b origin) int { return b.labels - a.labels })
	for _, n := range spec.Namespaces {
		if z.exposed == nil {
			z.exposed = map[string]struct{}{}
		}
		z.exposed[n] = struct{}{}
	}
	for i := range z.origins {
		z.origins[i].index = i
		z.longest = max(z.longest, len(z.origins[i].wire))
	}
	z.view.Store(&view{soas: z.newSOAs(0)})
	z.local.Store(&[]netip.Addr{})
	z.version = answer.Text(versionTTL, version)
	return z, nil
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
	o := origin{text: text, labels: q.Labels(), wire: slices.Clone(q.Wire(0, q.Labels()))}
	o.reverse = dns.IsSubDomain("in-addr.arpa.", text) || dns.IsSubDomain("ip6.arpa.", text)
	return o, nil
}

// match is the origin that the query's name is at or below, and how many labels are left of it; nil: none.
func (z *Zone) match(q *answer.Query) (*origin, int) {
	for i := range z.origins {
		o := &z.origins[i]
		if left := q.Labels() - o.labels; left >= 0 && string(q.Wire(left, q.Labels())) == string(o.wire) {
			return o, left
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

// Origins is the zones that are answered for, lower case and fully qualified; the longest first.
func (z *Zone) Origins() []string {
	var texts []string
	for _, o := range z.origins {
		texts = append(texts, o.text)
	}
	return texts
}

// Reverse reports whether the zone is a reverse zone (RFC 1035 3.5, RFC 3596 2.5).
func Reverse(origin string) bool {
	o, err := newOrigin(origin)
	return err == nil && o.reverse
}
