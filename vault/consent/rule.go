package consent

// A need is what the person's own session must have open.
type need uint8

const (
	never      need = iota // none of a person's acts
	anyReach               // nothing: locked is enough
	someReach              // what is entrusted is enough
	paperReach             // the paper asked for
	allReach               // all of the safe
	inVisit                // nothing, but in a counter session only
)

// A right is what an agent must have.
type right uint8

const (
	nobody      right = iota
	colleague         // any function
	manages           // access manager
	seconds           // may be the second agent
	opens             // may open a safe
	deposits          // may deposit
	vouches           // opens: acts with the person beside them
	vouchesOurs       // the same, for a safe of their structure
	stops             // ends consents of a safe of their structure on the person's word
	halts             // freezes any safe on the person's word
	asks              // may be given a consent
	leads             // may lead a côte-à-côte session
	helps             // has a live consent
	helpsShared       // the same, where the person lets helpers see one another
	knows             // vouchesOurs, or helps
	sees              // consent to see the paper
	reads             // consent to read it
	reveals           // consent that names the memo
	describes         // consent to correct what the paper is called
	hands             // may hand a task on: has a live consent
	relayed           // a relay of the safe is theirs: sent, taken, or addressed to them
	runs              // may lead a cycle of workshops, or manages
	guides            // leads the cycle of workshops in which the person takes part
)

// A rule is who may try one act. The zero rule is nobody.
type rule struct {
	anyone    bool  // whoever has a session: it speaks of no person
	program   bool  // a partner program, too
	office    right // of an act that concerns no safe, or any; with agent, only while it concerns none
	claim     bool  // whoever logged in, to make the safe theirs
	person    need
	agent     right
	fresh     bool // the person proves anew who they are
	frozen    bool // goes on in a frozen safe
	deposited bool // also the depositor, while it is fresh and unread
	naming    bool // goes on in a structure without an access manager
}
