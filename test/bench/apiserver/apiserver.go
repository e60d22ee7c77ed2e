// Package apiserver runs a real etcd and kube-apiserver, alone: nobody else writes what is in them.
package apiserver

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/kubenames/kubenames/test/bench/api"
	"github.com/kubenames/kubenames/test/bench/contestant"
)

// token is the administrator's. The server listens on the loopback address only.
const token = "administrator"

// Server is both, running. Any goroutine may use it.
type Server struct {
	Kubeconfig string // file
	url        string
	client     *http.Client
	parts      []*exec.Cmd
	slots      chan struct{} // taken by each request
	pending    sync.WaitGroup

	mu  sync.Mutex
	err error // the first one
}

// Start returns once the API server is ready. The program is that of test/e2e; files go to dir.
func Start(program, dir string) (*Server, error) {
	s := &Server{slots: make(chan struct{}, 16)}
	s.client = &http.Client{Timeout: time.Minute, Transport: &http.Transport{
		MaxIdleConnsPerHost: cap(s.slots),
		TLSClientConfig:     &tls.Config{InsecureSkipVerify: true}, // it made its certificate itself
	}}
	if err := s.up(program, dir); err != nil {
		s.Stop()
		return nil, err
	}
	return s, nil
}

func (s *Server) up(program, dir string) error {
	store, peers, secure, err := threePorts()
	if err != nil {
		return err
	}
	if s.Kubeconfig, err = writeFiles(dir, secure); err != nil {
		return err
	}
	s.url = "https://" + secure
	if err := s.run(dir, program, etcdFlags(dir, store, peers)); err != nil {
		return err
	}
	if err := s.run(dir, program, serverFlags(dir, store, secure)); err != nil {
		return err
	}
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(100 * time.Millisecond) {
		err := s.send(http.MethodGet, "/readyz", nil)
		if err == nil || time.Now().After(deadline) {
			return err
		}
	}
}

func threePorts() (a, b, c string, err error) {
	var all [3]string
	for i := range all {
		port, err := contestant.FreePort()
		if err != nil {
			return "", "", "", err
		}
		all[i] = fmt.Sprintf("127.0.0.1:%d", port)
	}
	return all[0], all[1], all[2], nil
}

func (s *Server) run(dir, program string, args []string) error {
	log, err := os.Create(filepath.Join(dir, args[0]+".log"))
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return err
	}
	s.parts = append(s.parts, cmd)
	return nil
}

// Stop ends both. Nothing in them is to survive.
func (s *Server) Stop() {
	for _, cmd := range s.parts {
		cmd.Process.Kill()
		cmd.Wait()
	}
}

// folders is where resources are.
var folders = map[string]string{
	"namespaces": "/api/v1/", "services": "/api/v1/", "pods": "/api/v1/", "endpointslices": "/apis/discovery.k8s.io/v1/",
}

func path(resource, namespace string) string {
	if namespace == "" {
		return folders[resource] + resource
	}
	return folders[resource] + "namespaces/" + namespace + "/" + resource
}

// Put creates an object, some time before Flush returns. It cannot change one.
func (s *Server) Put(resource string, o api.Object) {
	o.SetManagedFields(nil) // the server keeps them itself
	if resource == "namespaces" {
		defer s.Flush() // before there is something in it
	}
	s.slots <- struct{}{}
	s.pending.Go(func() {
		defer func() { <-s.slots }()
		s.note(s.send(http.MethodPost, path(resource, o.GetNamespace()), o))
	})
}

// Remove deletes an object.
func (s *Server) Remove(resource, namespace, name string) {
	s.note(s.send(http.MethodDelete, path(resource, namespace)+"/"+name, nil))
}

// Flush returns once all is written, and tells the first error ever.
func (s *Server) Flush() error {
	s.pending.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

func (s *Server) note(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = err
	}
}

func (s *Server) send(method, path string, o any) error {
	var body bytes.Buffer
	if o != nil {
		if err := json.NewEncoder(&body).Encode(o); err != nil {
			return err
		}
	}
	r, err := http.NewRequest(method, s.url+path, &body)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	reply, err := s.client.Do(r)
	if err != nil {
		return err
	}
	defer reply.Body.Close()
	said, err := io.ReadAll(reply.Body)
	if err == nil && reply.StatusCode/100 != 2 {
		err = fmt.Errorf("%s %s: %s: %s", method, path, reply.Status, said)
	}
	return err
}
