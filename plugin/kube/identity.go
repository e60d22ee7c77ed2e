package kube

import (
	"crypto/sha256"
	"fmt"

	"k8s.io/client-go/rest"
)

// Identity tells what a source of NewLive tells of: two of the same identity tell the same of the same cluster, in whichever
// process, by whichever credentials, at whichever rate and however often it is audited. A cluster is known by the address of its API server and by the
// certificates that it is known by. The files that the config names are read.
func Identity(config *rest.Config, o Options) (id [sha256.Size]byte, err error) {
	c := rest.CopyConfig(config)
	if err := rest.LoadTLSFiles(c); err != nil {
		return id, fmt.Errorf("API server %s: %w", config.Host, err)
	}
	o = o.wants()
	o.Limits, o.Audit, o.StaleAfter = Limits{}, 0, 0
	return sha256.Sum256(fmt.Appendf(nil, "%q %q %q %x %#v", c.Host, c.APIPath, c.ServerName, c.CAData, o)), nil
}
