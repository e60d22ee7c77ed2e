package trial

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubenames/kubenames/test/bench/api"
)

// apiServer is an API server that goes away and comes back, at an address that stays. One goroutine changes it.
type apiServer struct {
	now   atomic.Pointer[api.Server] // nil: nobody is there
	all   []*api.Server
	front *httptest.Server
}

func newAPIServer() *apiServer {
	a := &apiServer{}
	a.front = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := a.now.Load()
		if s == nil {
			panic(http.ErrAbortHandler) // the connection ends
		}
		s.ServeHTTP(w, r)
	}))
	a.front.Config.ErrorLog = nil
	a.all = append(a.all, filled(20))
	return a
}

// url is where it is.
func (a *apiServer) url() string { return a.front.URL }

// leave ends all connections, and takes no more.
func (a *apiServer) leave() {
	a.now.Store(nil)
	a.front.CloseClientConnections()
}

// back is as if it had never gone.
func (a *apiServer) back() { a.now.Store(a.all[len(a.all)-1]) }

// restore is back with another history, of which less has happened.
func (a *apiServer) restore() {
	a.leave()
	a.all = append(a.all, filled(10))
	a.back()
}

// roll gives the endpoints of a service other addresses.
func (a *apiServer) roll(n int) {
	if s := a.now.Load(); s != nil {
		s.Put("endpointslices", slice(n%3, n))
	}
}

func (a *apiServer) close() {
	a.front.Listener.Close()
	a.leave()
	a.front.Close()
	for _, s := range a.all {
		s.Close()
	}
}

// filled is a server with so many services, of which the first are headless.
func filled(services int) *api.Server {
	s := api.NewServer()
	for _, name := range []string{"default", "shop"} {
		s.Put("namespaces", &corev1.Namespace{TypeMeta: metav1.TypeMeta{Kind: "Namespace", APIVersion: "v1"}, ObjectMeta: metav1.ObjectMeta{Name: name}})
	}
	for i := range services {
		ip := "10.96.0." + strconv.Itoa(i+1)
		if i < 2 {
			ip = corev1.ClusterIPNone
		}
		s.Put("services", &corev1.Service{
			TypeMeta: metav1.TypeMeta{Kind: "Service", APIVersion: "v1"}, ObjectMeta: metav1.ObjectMeta{Name: serviceName(i), Namespace: "shop"},
			Spec: corev1.ServiceSpec{ClusterIP: ip, Selector: map[string]string{"app": "web"}, Ports: []corev1.ServicePort{{Name: "http", Port: 80, Protocol: corev1.ProtocolTCP}}},
		})
		s.Put("endpointslices", slice(i, 0))
	}
	return s
}

func serviceName(n int) string { return "web-" + strconv.Itoa(n) }

// slice is the endpoints of a service after so many changes, the last of which is a moment old.
func slice(service, change int) *discoveryv1.EndpointSlice {
	ready, name, port, protocol := true, "http", int32(8080), corev1.ProtocolTCP
	changed := time.Now().Add(-time.Duration(50+change%7*40) * time.Millisecond)
	return &discoveryv1.EndpointSlice{
		TypeMeta: metav1.TypeMeta{Kind: "EndpointSlice", APIVersion: "discovery.k8s.io/v1"},
		ObjectMeta: metav1.ObjectMeta{
			Name: serviceName(service) + "-abcde", Namespace: "shop", Labels: map[string]string{discoveryv1.LabelServiceName: serviceName(service)},
			Annotations: map[string]string{corev1.EndpointsLastChangeTriggerTime: changed.UTC().Format(time.RFC3339Nano)},
		},
		AddressType: discoveryv1.AddressTypeIPv4,
		Ports:       []discoveryv1.EndpointPort{{Name: &name, Port: &port, Protocol: &protocol}},
		Endpoints: []discoveryv1.Endpoint{{
			Addresses:  []string{"10.244." + strconv.Itoa(service) + "." + strconv.Itoa(change%250+1)},
			Conditions: discoveryv1.EndpointConditions{Ready: &ready},
		}},
	}
}
