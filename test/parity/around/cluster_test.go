package around

import (
	"bytes"
	"fmt"
	"os"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/kubenames/kubenames/test/parity/api"
)

// crowd is how many endpoints the headless Service crowd has: too many for a datagram.
const crowd = 150

// newCluster serves testdata/cluster.yaml and the endpoints of crowd. Close it when done.
func newCluster() (*api.Server, error) {
	text, err := os.ReadFile("testdata/cluster.yaml")
	if err != nil {
		return nil, err
	}
	s := api.NewServer(nil)
	for _, document := range bytes.Split(text, []byte("\n---\n")) {
		if err := put(s, document); err != nil {
			s.Close()
			return nil, fmt.Errorf("%w in\n%s", err, document)
		}
	}
	slice := &discoveryv1.EndpointSlice{
		TypeMeta: metav1.TypeMeta{Kind: "EndpointSlice", APIVersion: "discovery.k8s.io/v1"},
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "crowd-a", Labels: map[string]string{
			discoveryv1.LabelServiceName: "crowd",
		}},
		AddressType: discoveryv1.AddressTypeIPv4,
		Ports:       []discoveryv1.EndpointPort{{Name: new("http"), Protocol: new(corev1.ProtocolTCP), Port: new(int32(8080))}},
	}
	for i := range crowd {
		slice.Endpoints = append(slice.Endpoints, discoveryv1.Endpoint{Addresses: []string{fmt.Sprintf("10.245.0.%d", i+1)}})
	}
	s.Put("endpointslices", slice)
	return s, nil
}

// put puts the object that a YAML document is.
func put(s *api.Server, document []byte) error {
	var is metav1.TypeMeta
	if err := yaml.Unmarshal(document, &is); err != nil {
		return err
	}
	var o api.Object
	var resource string
	switch is.Kind {
	case "Namespace":
		resource, o = "namespaces", new(corev1.Namespace)
	case "Service":
		resource, o = "services", new(corev1.Service)
	case "EndpointSlice":
		resource, o = "endpointslices", new(discoveryv1.EndpointSlice)
	case "Pod":
		resource, o = "pods", new(corev1.Pod)
	default:
		return fmt.Errorf("kind %q: not served", is.Kind)
	}
	if err := yaml.UnmarshalStrict(document, o); err != nil {
		return err
	}
	s.Put(resource, o)
	return nil
}
