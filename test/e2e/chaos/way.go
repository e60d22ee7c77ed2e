package main

import (
	"net/http"
	"time"

	"github.com/kubenames/kubenames/test/e2e/chaos/proxy"
)

// ofTheWay are the stories of what is between server and API.
var ofTheWay = []story{
	{name: "way-latency", title: "every answer and every event of the API takes 2 s", beside: true, between: true,
		bound: 3 * time.Second, tell: spoiled(proxy.Fault{Delay: 2 * time.Second}, false)},
	{name: "way-resets", title: "all connections to the API are reset, every second", beside: true, between: true, tell: resets},
	{name: "way-429", title: "the API has too many requests: 429 for lists and watches", quick: true, beside: true, between: true,
		tell: spoiled(proxy.Fault{Status: http.StatusTooManyRequests}, true)},
	{name: "way-500", title: "the API answers 500 to lists and watches", beside: true, between: true,
		tell: spoiled(proxy.Fault{Status: http.StatusInternalServerError}, true)},
	{name: "way-half", title: "watches are 410, and lists end in the middle", beside: true, between: true,
		tell: spoiled(proxy.Fault{Gone: true, Half: true}, true)},
	{name: "way-gone", title: "watches and lists are 410", beside: true, between: true,
		tell: spoiled(proxy.Fault{Status: http.StatusGone}, true)},
	{name: "way-expired", title: "open watches say 410 in an event, again and again", quick: true, beside: true, between: true, tell: expires},
	{name: "way-bookmarks", title: "bookmarks are withheld, and connections reset", beside: true, between: true, tell: bookmarks},
	{name: "way-endless", title: "watches are 410, and streamed lists never end", beside: true, between: true,
		settle: 3 * time.Minute, options: watchful, tell: stuck(proxy.Fault{Gone: true, Endless: true})},
	{name: "way-silent", title: "watches stay open and deliver nothing, for good", beside: true, between: true,
		settle: 3 * time.Minute, options: watchful, tell: stuck(proxy.Fault{Silent: true})},
	{name: "way-deaf", title: "watches stay open and deliver bookmarks only, for good", beside: true, between: true,
		settle: 3 * time.Minute, options: watchful, tell: stuck(proxy.Fault{Deaf: true})},
}

// watchful has kubenames look after what it holds more often than it does by itself.
var watchful = []string{"audit 30s"}

// spoiled is a fault for some seconds. What was open before is reset if it would not notice.
func spoiled(f proxy.Fault, reset bool) func(*scene) error {
	return func(sc *scene) error {
		sc.wait(2 * time.Second)
		if reset {
			sc.cut()
		}
		sc.faulty(f)
		if reset {
			sc.reset()
		}
		sc.wait(8 * time.Second)
		sc.faulty(proxy.Fault{})
		sc.heal()
		sc.wait(8 * time.Second)
		return nil
	}
}

// resets breaks connections off and lets nothing else be wrong.
func resets(sc *scene) error {
	for range 10 {
		sc.wait(time.Second)
		sc.reset()
	}
	sc.wait(5 * time.Second)
	return nil
}

// expires has watches expire three times, with time to list anew in between.
func expires(sc *scene) error {
	for range 3 {
		sc.wait(2 * time.Second)
		sc.faulty(proxy.Fault{Expire: true})
		sc.wait(500 * time.Millisecond)
		sc.faulty(proxy.Fault{})
	}
	sc.wait(5 * time.Second)
	return nil
}

// bookmarks are what a server knows how far it is by that has had no events for long.
func bookmarks(sc *scene) error {
	sc.faulty(proxy.Fault{Bookmarks: true})
	for range 3 {
		sc.wait(5 * time.Second)
		sc.reset()
	}
	sc.wait(5 * time.Second)
	sc.faulty(proxy.Fault{})
	return nil
}

// stuck damages the watches that there are at one moment, and those that are opened within the next five seconds. They
// never recover, and nothing breaks off.
func stuck(f proxy.Fault) func(*scene) error {
	return func(sc *scene) error {
		sc.wait(2 * time.Second)
		sc.faulty(f)
		if f.Endless {
			sc.reset()
		}
		sc.wait(5 * time.Second)
		sc.faulty(proxy.Fault{})
		sc.wait(5 * time.Second)
		return nil
	}
}
