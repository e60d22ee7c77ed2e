package kubenames

import (
	"errors"
	"sync"

	"github.com/go-logr/logr"
	"k8s.io/klog/v2"

	"github.com/kubenames/kubenames/plugin/kube"
)

// report logs what a source has to say.
func report(err error) {
	var notice kube.Notice
	if errors.As(err, &notice) {
		log.Info(err)
		return
	}
	sourceErrors.Inc()
	log.Warning(err)
}

// redirectClientLogs drops what client-go logs on its own: what matters of it is reported. Once is enough, and more is a
// race with the clients that run while a reload hands over.
var redirectClientLogs = sync.OnceFunc(func() { klog.SetLogger(logr.Discard()) })
