package kube

import "github.com/kubenames/kubenames/plugin/cluster"

// Incident is something that went wrong with the watch of a kind, and was mended.
type Incident uint8

// The incidents. The last three are differences that an audit found between what is held and what there is.
const (
	Silent       Incident = iota // neither event nor bookmark for too long: opened again
	Stuck                        // an event that is long past never came: listed again
	Backwards                    // the version went back: everything was listed again
	Panicked                     // one object could not be taken: it stays what it was
	MissedAdd                    // an object was not known
	MissedUpdate                 // an object was not known as it is
	MissedDelete                 // an object was known that is gone
)

// Incidents is all of them.
func Incidents() []Incident {
	return []Incident{Silent, Stuck, Backwards, Panicked, MissedAdd, MissedUpdate, MissedDelete}
}

func (i Incident) String() string {
	return [...]string{"silent", "stuck", "backwards", "panic", "missed_add", "missed_update", "missed_delete"}[i]
}

// Audited is what an audit of a kind came to.
type Audited uint8

// The outcomes of an audit.
const (
	Equal    Audited = iota // what is held is what there is
	Differed                // and was mended
	Failed                  // there was no telling
)

func (a Audited) String() string { return [...]string{"equal", "differed", "failed"}[a] }

// incident hands an incident to Incident, if there is one.
func (o Options) incident(k cluster.Kind, i Incident) {
	if o.Incident != nil {
		o.Incident(k, i)
	}
}

// audited hands the outcome of an audit to Audited, if there is one.
func (o Options) audited(k cluster.Kind, a Audited) {
	if o.Audited != nil {
		o.Audited(k, a)
	}
}
