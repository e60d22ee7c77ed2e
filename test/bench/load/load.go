package load

import (
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Result is what became of the questions of one run.
type Result struct {
	Answered int
	PerSec   float64
}

// inFlight is how many questions wait for an answer at a time, over eight sockets.
const inFlight = 32

// Version is the load generator's; it is an error if it is not there.
func Version() (string, error) {
	out, err := exec.Command("dnsperf", "-h").CombinedOutput()
	if err != nil && len(out) == 0 {
		return "", fmt.Errorf("dnsperf: %w; Debian has it in the package of that name", err)
	}
	return strings.TrimPrefix(version.FindString(string(out)), "Version "), nil
}

var (
	version   = regexp.MustCompile(`Version \S+`)
	completed = regexp.MustCompile(`Queries completed: +(\d+)`)
	lost      = regexp.MustCompile(`Queries lost: +(\d+)`)
	rate      = regexp.MustCompile(`Queries per second: +([\d.]+)`)
	rcodes    = regexp.MustCompile(`Response codes: +(.*)`)
	rcode     = regexp.MustCompile(`([A-Z]+) \d+`)
)

// Run asks a server again and again for a time. That answers are lost or have another rcode is an error, unless anything
// is right.
func (s Set) Run(port int, d time.Duration, anything bool) (r Result, err error) {
	args := []string{
		"-s", "127.0.0.1", "-p", strconv.Itoa(port), "-d", s.path, "-c", "8", "-T", "1",
		"-q", strconv.Itoa(inFlight), "-l", strconv.FormatFloat(d.Seconds(), 'f', 3, 64),
	}
	if s.TCP {
		args = append(args, "-m", "tcp")
	}
	if s.EDNS {
		args = append(args, "-e")
	}
	out, err := exec.Command("dnsperf", args...).CombinedOutput()
	if err != nil {
		return r, fmt.Errorf("dnsperf %s: %w: %s", strings.Join(args, " "), err, out)
	}
	text := string(out)
	field := func(re *regexp.Regexp) string {
		if m := re.FindStringSubmatch(text); m != nil {
			return m[1]
		}
		return ""
	}
	r.Answered, _ = strconv.Atoi(field(completed))
	r.PerSec, _ = strconv.ParseFloat(field(rate), 64)
	if n := field(lost); n != "0" || r.Answered == 0 {
		return r, fmt.Errorf("%s: %d questions answered, %s lost", s.Name, r.Answered, n)
	}
	for _, m := range rcode.FindAllStringSubmatch(field(rcodes), -1) {
		if !anything && !s.rcodes[m[1]] {
			return r, fmt.Errorf("%s: answers with rcode %s", s.Name, m[1])
		}
	}
	return r, nil
}
