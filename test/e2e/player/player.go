// Package player plays the scheduler and the kubelet of a one-node cluster. Every pod that it sees is bound to the node,
// given an address, and run there as a process that answers HTTP on the ports of its containers; its status says so. The
// annotation e2e.kubenames.io/ready: "false" makes a pod unready.
//
//	informer ─▶ queue ─▶ sync ─┬─ bind, node.Start, status
//	                           └─ node.Stop, delete without grace
package player

import (
	"context"
	"fmt"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	listers "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"

	"github.com/kubenames/kubenames/test/e2e/node"
)

const (
	// drain is how long a terminating pod goes on serving: kube-proxy and those who have just resolved its name need it.
	drain = time.Second

	workers = 4
)

// Player plays one node. Run owns it; any goroutine may call Pod.
type Player struct {
	client  kubernetes.Interface
	node    string
	dns     string // the address of the cluster's DNS Service
	pods    listers.PodLister
	queue   workqueue.TypedRateLimitingInterface[cache.ObjectName]
	refused func(error)

	mu      sync.Mutex
	running map[cache.ObjectName]*running
	last    int // the last address given
}

// running is a pod that has its process. Only the worker that holds the pod's key uses it.
type running struct {
	*node.Pod
	uid     types.UID
	address []string // IPv4, then IPv6
	since   metav1.Time
	leaving time.Time // when it was first seen to terminate
}

// New is a player of the node of that name, whose pods ask dns. What it cannot do it says to refused, and tries again.
func New(client kubernetes.Interface, name, dns string, refused func(error)) *Player {
	return &Player{
		client: client, node: name, dns: dns, refused: refused,
		queue:   workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[cache.ObjectName]()),
		running: map[cache.ObjectName]*running{},
		last:    1, // the node's
	}
}

// Run plays until ctx ends. The pods' processes go on.
func (p *Player) Run(ctx context.Context) {
	factory := informers.NewSharedInformerFactory(p.client, 0)
	informer := factory.Core().V1().Pods()
	p.pods = informer.Lister()
	enqueue := func(object any) {
		if key, err := cache.DeletionHandlingObjectToName(object); err == nil {
			p.queue.Add(key)
		}
	}
	informer.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    enqueue,
		UpdateFunc: func(_, object any) { enqueue(object) },
		DeleteFunc: enqueue,
	})
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())

	var done sync.WaitGroup
	for range workers {
		done.Go(func() {
			for p.next(ctx) {
			}
		})
	}
	<-ctx.Done()
	p.queue.ShutDown()
	done.Wait()
}

// Pod is the process of the pod of that name; nil: it does not run.
func (p *Player) Pod(namespace, name string) *node.Pod {
	if r := p.find(cache.NewObjectName(namespace, name)); r != nil {
		return r.Pod
	}
	return nil
}

func (p *Player) find(key cache.ObjectName) *running {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.running[key]
}

func (p *Player) next(ctx context.Context) bool {
	key, quit := p.queue.Get()
	if quit {
		return false
	}
	defer p.queue.Done(key)
	err := p.sync(ctx, key)
	switch {
	case err == nil:
		p.queue.Forget(key)
	case ctx.Err() != nil:
	default:
		if !errors.IsConflict(err) && !errors.IsNotFound(err) {
			p.refused(fmt.Errorf("player: %s: %w", key, err))
		}
		p.queue.AddRateLimited(key)
	}
	return true
}

// sync makes the node what the API says of one pod.
func (p *Player) sync(ctx context.Context, key cache.ObjectName) error {
	pod, err := p.pods.Pods(key.Namespace).Get(key.Name)
	if err != nil && !errors.IsNotFound(err) {
		return err
	}
	r := p.find(key)
	if r != nil && (err != nil || pod.UID != r.uid) {
		p.stop(key, r)
		r = nil
	}
	switch {
	case err != nil:
		return nil
	case pod.DeletionTimestamp != nil:
		return p.end(ctx, key, pod, r)
	case pod.Spec.NodeName == "":
		return p.client.CoreV1().Pods(pod.Namespace).Bind(ctx, &corev1.Binding{
			ObjectMeta: metav1.ObjectMeta{Namespace: pod.Namespace, Name: pod.Name, UID: pod.UID},
			Target:     corev1.ObjectReference{Kind: "Node", Name: p.node},
		}, metav1.CreateOptions{})
	case r == nil:
		if r, err = p.start(key, pod); err != nil {
			return err
		}
	}
	return p.report(ctx, pod, r)
}
