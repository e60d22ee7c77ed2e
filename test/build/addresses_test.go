package build

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

const key = "hmac-sha256:asks.example:i9M+00yrECfVZG2qCjr4mPpaGim/Bq+IWMiNrLjUO4Y="

// TestAddresses asks a machine with many addresses from another one, over a wire between two network namespaces: each reply comes from
// the address that was asked, whether it is the express lane's or the server's. Needs root.
func TestAddresses(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Fatal("not root: network namespaces need it")
	}
	binary := built(t)
	freshNetwork(t)
	client := exec.Command("sleep", "infinity")
	client.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	start(t, client)
	away := []string{"-t", strconv.Itoa(client.Process.Pid), "-n"}
	there := func(command string) { run(t, ".", "nsenter", append(away, strings.Fields(command)...)...) }
	here := func(command string) { words := strings.Fields(command); run(t, ".", words[0], words[1:]...) }

	here("ip link add wire type veth peer name wire netns " + away[1])
	here("ip link set wire up")
	there("ip link set wire up")
	there("ip addr add 192.0.2.9/24 dev wire")
	there("ip addr add 2001:db8::9/64 dev wire nodad")
	addresses := []string{"192.0.2.1", "192.0.2.2", "192.0.2.3", "2001:db8::1", "2001:db8::2", "2001:db8::3"}
	for _, a := range addresses {
		if strings.Contains(a, ":") {
			here("ip addr add " + a + "/64 dev wire nodad")
		} else {
			here("ip addr add " + a + "/24 dev wire")
		}
	}

	examples := filepath.Join(checkout(t), "examples")
	// In no test of its own: that would be another thread, of another network.
	for _, bind := range []string{"", "bind 0.0.0.0", "bind ::", "bind " + strings.Join(addresses, " ")} {
		file := filepath.Join(t.TempDir(), "Corefile")
		text := fmt.Sprintf(".:53 {\n%s\nprometheus 127.0.0.1:9153\nkubenames cluster.local {\nmanifests %s\nexpress 2\n}\n"+
			"}\nother.test:53 {\n%s\ntemplate IN A {\nanswer \"{{ .Name }} 60 IN A 10.9.9.9\"\n}\n}\n"+
			"signed.test:53 {\n%s\ntsig {\nsecret asks.example. %s\nrequire all\n}\ntemplate IN A {\nanswer \"{{ .Name }} 60 IN A 10.8.8.8\"\n}\n}\n",
			bind, examples, bind, bind, strings.TrimPrefix(key, "hmac-sha256:asks.example:"))
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		server := exec.Command(binary, "-conf", file)
		server.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		start(t, server)
		dig := func(address string, words ...string) (string, error) {
			args := append(append(away, "dig", "@"+address, "+time=2", "+tries=1", "+notcp", "+nocookie"), words...)
			out, err := exec.Command("nsenter", args...).CombinedOutput()
			if err != nil || strings.Contains(string(out), "unexpected source") {
				return "", fmt.Errorf("dig @%s %v: %v\n%s", address, words, err, out)
			}
			return string(out), nil
		}
		for _, a := range addresses {
			eventually(t, func() error { _, err := dig(a, "+short", exampleName); return err })
			for _, q := range []struct {
				want  string
				words []string
			}{
				{exampleAddress, []string{exampleName}},
				{"status: NXDOMAIN", []string{"nosuch.cluster.local."}},
				{"10.9.9.9", []string{"a.other.test."}},
				{"10.8.8.8", []string{"-y", key, "a.signed.test."}}, // EDNS and a signature: for the server's socket
				{"10.8.8.8", []string{"-y", key, "+noedns", "a.signed.test."}},
				{"status: NOTIMP", []string{"+opcode=STATUS", "cluster.local."}},
			} {
				out, err := dig(a, q.words...)
				if err != nil || !strings.Contains(out, q.want) || strings.Contains(out, "TSIG error") {
					t.Errorf("%q: @%s %v: %v, want %s\n%s", bind, a, q.words, err, q.want, out)
				}
			}
		}
		metrics := run(t, ".", "curl", "-s", "http://127.0.0.1:9153/metrics")
		for _, by := range []string{"lane", "server"} {
			n := 0
			for line := range strings.Lines(metrics) {
				if number, ok := strings.CutPrefix(line, "coredns_kubenames_express_questions_total{by=\""+by+"\""); ok {
					var one int
					fmt.Sscan(number[strings.LastIndex(number, " ")+1:], &one)
					n += one
				}
			}
			if least := 2 * len(addresses); n < least {
				t.Errorf("%q: answered by the %s: %d questions, want at least %d", bind, by, n, least)
			}
		}
		server.Process.Kill()
		server.Wait()
	}
}
