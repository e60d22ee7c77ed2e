package e2e

import (
	"context"
	"fmt"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubenames/kubenames/test/e2e/dig"
	"github.com/kubenames/kubenames/test/e2e/witness"
)

// testBig has 1,500 endpoints in 15 slices: TCP carries them all, and UDP says that it does not.
func testBig(t *testing.T) {
	const slices, each = 15, 100
	s := begin(t, "big", server)
	s.put("big")
	var all []witness.Endpoint
	for i := range slices {
		slice := &discoveryv1.EndpointSlice{
			ObjectMeta: metav1.ObjectMeta{
				Name:   fmt.Sprintf("big-%d", i),
				Labels: map[string]string{discoveryv1.LabelServiceName: "big"},
			},
			AddressType: discoveryv1.AddressTypeIPv4,
			Ports:       []discoveryv1.EndpointPort{{Name: new("http"), Port: new(int32(80)), Protocol: new(corev1.ProtocolTCP)}},
		}
		for j := range each {
			address := fmt.Sprintf("198.18.%d.%d", i, j)
			slice.Endpoints = append(slice.Endpoints, discoveryv1.Endpoint{Addresses: []string{address}})
			all = append(all, witness.Endpoint{Address: address})
		}
		_, err := kube.Client.DiscoveryV1().EndpointSlices(s.namespace).Create(context.Background(), slice, metav1.CreateOptions{})
		if err != nil {
			t.Fatal(err)
		}
	}
	s.becomes(s.full("big"), "A", addresses(all, false), time.Now(), promise)

	over := func(want string, truncated bool, args ...string) {
		t.Helper()
		reply := s.dig(append([]string{s.full("big"), "A"}, args...)...)
		if got := dig.Show(reply); want != "" && got != want {
			t.Errorf("dig %v: got %s, want %s", args, line(got), line(want))
		}
		if reply.Truncated != truncated {
			t.Errorf("dig %v: TC: got %v with %d records, want %v", args, reply.Truncated, len(reply.Answer), truncated)
		}
	}
	over(addresses(all, false), false, "+tcp")
	over("", true, "+notcp", "+ignore")
	over("", true, "+notcp", "+ignore", "+noedns")
	over(addresses(all, false), false) // dig itself turns to TCP
}
