package main

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/miekg/dns"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubenames/kubenames/test/e2e/chaos/hand"
	"github.com/kubenames/kubenames/test/e2e/chaos/record"
)

// compare asks every server for every name that the API's objects have, as it lists them now, whatever the record says.
func (sc *scene) compare() error {
	sc.hand.Pause()
	defer sc.hand.Resume()
	services, err := sc.kube.Client.CoreV1().Services(hand.Namespace).List(sc.ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	slices, err := sc.kube.Client.DiscoveryV1().EndpointSlices(hand.Namespace).List(sc.ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	want := listed(services.Items, slices.Items)
	sc.each(func(a *actor) {
		var mu sync.Mutex
		wrong, example := 0, ""
		var work sync.WaitGroup
		questions := make(chan record.Question)
		for range 4 {
			work.Go(func() {
				for q := range questions {
					if said := a.says(sc.ctx, q); said != want[q] {
						mu.Lock()
						wrong++
						example = fmt.Sprintf("%s %s: %.200q, want %.200q", q.Name, dns.TypeToString[q.Type], said, want[q])
						mu.Unlock()
					}
				}
			})
		}
		for q := range want {
			questions <- q
		}
		close(questions)
		work.Wait()
		a.note("compared with %d Services and %d slices of the API: %d names, %d otherwise", len(services.Items), len(slices.Items), len(want), wrong)
		if wrong > 0 {
			a.never += wrong
			a.note("such as %s", example)
		}
	})
	return nil
}

// listed is what objects make of names.
func listed(services []corev1.Service, all []discoveryv1.EndpointSlice) map[record.Question]string {
	want := map[record.Question]string{}
	of := map[string]discoveryv1.EndpointSlice{}
	for _, slice := range all {
		of[slice.Labels[discoveryv1.LabelServiceName]] = slice
	}
	for _, s := range services {
		name := s.Name + "." + s.Namespace + ".svc.cluster.local."
		port := record.Question{Name: "_http._tcp." + name, Type: dns.TypeSRV}
		if ip := s.Spec.ClusterIP; ip != corev1.ClusterIPNone {
			want[record.Question{Name: name, Type: dns.TypeA}] = ip
			want[port] = "0 100 80 " + name
			want[reverse(ip)] = name
			continue
		}
		var set, targets []string
		endpoints := of[s.Name].Endpoints
		for _, e := range endpoints {
			ip := e.Addresses[0]
			target := strings.ReplaceAll(ip, ".", "-") + "." + name
			want[record.Question{Name: target, Type: dns.TypeA}] = ip
			want[reverse(ip)] = target
			set = append(set, ip)
			targets = append(targets, fmt.Sprintf("0 %d 8080 %s", max(1, 100/len(endpoints)), target))
		}
		if len(set) == 0 {
			set, targets = []string{record.Absent}, []string{record.Absent}
		}
		slices.Sort(set)
		slices.Sort(targets)
		want[record.Question{Name: name, Type: dns.TypeA}] = strings.Join(set, "\n")
		want[port] = strings.Join(targets, "\n")
	}
	return want
}

func reverse(ip string) record.Question {
	name, _ := dns.ReverseAddr(ip)
	return record.Question{Name: name, Type: dns.TypePTR}
}
