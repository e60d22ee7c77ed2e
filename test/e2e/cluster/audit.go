package cluster

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
)

// policy says which requests kube-apiserver writes down.
//
//go:embed audit.yaml
var policy []byte

// Request is one that the API server has answered, or a watch that it has opened.
type Request struct {
	Verb     string // as RBAC knows it
	Group    string
	Resource string // empty: of no resource
	URI      string
	Code     int
}

// Asked is the requests of the account so far.
func (a *Account) Asked() (all []Request, err error) {
	text, err := os.ReadFile(a.cluster.file("audit.log"))
	if err != nil {
		return nil, err
	}
	text = text[:bytes.LastIndexByte(text, '\n')+1] // the last line may be half a one
	user := fmt.Appendf(nil, "%q", a.Name)
	for line := range bytes.Lines(text) {
		if !bytes.Contains(line, user) {
			continue
		}
		var event struct {
			Verb, RequestURI string
			ObjectRef        struct{ APIGroup, Resource string }
			ResponseStatus   struct{ Code int }
		}
		if err := json.Unmarshal(line, &event); err != nil {
			return nil, fmt.Errorf("audit.log: %w", err)
		}
		all = append(all, Request{
			Verb: event.Verb, Group: event.ObjectRef.APIGroup, Resource: event.ObjectRef.Resource,
			URI: event.RequestURI, Code: event.ResponseStatus.Code,
		})
	}
	return all, nil
}
