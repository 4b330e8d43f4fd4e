package client

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"syscall"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// A Class says what kind of failure it is; its number is the exit code of the
// program (coffre help exit-codes). The zero Class is no failure, and no error
// carries it.
type Class int

// The classes. Their numbers are stable: scripts depend on them.
const (
	ClassFailed      Class = 1   // something did not work
	ClassUsage       Class = 2   // what was asked for, or sent, is not acceptable as it is
	ClassRefused     Class = 3   // the service refused: right, consent or unlocked safe missing
	ClassLogin       Class = 4   // a login is needed
	ClassNotFound    Class = 5   // there is no such thing, or none that the caller may know of
	ClassConflict    Class = 6   // something is there already, or was changed meanwhile
	ClassUnavailable Class = 7   // the service cannot be reached, or cannot serve now
	ClassIntegrity   Class = 8   // bytes or trail are not what they must be
	ClassInterrupted Class = 130 // the user stopped it
)

// An Error is every failure of this package.
type Error struct {
	Class Class
	// Reason is a stable word in upper case: the service's ErrorInfo reason, or
	// one of this package's own.
	Reason string
	// Sentence is for people: French, one sentence, what to do.
	Sentence string
	// Err is the cause, for programmers; it may be nil.
	Err error
	// Facts are what the service adds for a program that wants to go on, such as
	// the approval to wait for; nil when it adds nothing.
	Facts map[string]string
	// Fields are what of the request the service does not accept, in its order.
	Fields []Field

	// repeatable says that the service took nothing, or that nobody knows: a
	// call that is safe to repeat may be made again after the pause.
	repeatable bool
	pause      time.Duration
	// document is which document of a batch it is about, from 1 on; 0 is none.
	document int
}

// A Field is one part of a request that is not acceptable as it is.
type Field struct {
	Name string // in the API, with dots
	Rule string // for people: French, what it has to be
}

// Error is the technical text, in English.
func (e *Error) Error() string {
	if e.Err == nil {
		return "client: " + e.Reason
	}
	return "client: " + e.Reason + ": " + e.Err.Error()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

const sentenceLogin = "Vous n'êtes pas connecté, ou votre session est terminée : connectez-vous avec « coffre login »."

// sentence is used where the service gave none in French.
func (c Class) sentence() string {
	switch c {
	case ClassUsage:
		return "Le service n'accepte pas cette demande telle quelle : vérifiez ce que vous avez envoyé."
	case ClassRefused:
		return "Le service refuse : il faut peut-être d'abord déverrouiller le coffre avec « coffre unlock », ou vous n'avez pas ce droit."
	case ClassLogin:
		return sentenceLogin
	case ClassNotFound:
		return "Introuvable : vérifiez l'identifiant, ou regardez la liste avec « coffre ls »."
	case ClassConflict:
		return "La demande a été faite deux fois ou quelque chose a changé entre-temps : regardez l'état actuel avec « coffre ls », puis recommencez."
	case ClassUnavailable:
		return "Le service ne répond pas : vérifiez l'adresse et le réseau, puis recommencez dans quelques minutes."
	case ClassIntegrity:
		return "Ce qui est gardé a été modifié et rien n'a été remis : ne recommencez pas, prévenez le responsable du service."
	case ClassInterrupted:
		return "Interrompu : rien n'a été laissé à moitié fait."
	default:
		return "Le service n'a pas pu faire ce qui était demandé : recommencez, et prévenez le responsable du service si cela continue."
	}
}

// classOf reads a gRPC code. A code that is not listed is a plain failure.
func classOf(code codes.Code) Class {
	switch code {
	case codes.InvalidArgument, codes.OutOfRange, codes.ResourceExhausted:
		return ClassUsage
	case codes.Unauthenticated:
		return ClassLogin
	case codes.PermissionDenied, codes.FailedPrecondition:
		return ClassRefused
	case codes.NotFound:
		return ClassNotFound
	case codes.AlreadyExists, codes.Aborted:
		return ClassConflict
	case codes.Unavailable, codes.DeadlineExceeded:
		return ClassUnavailable
	case codes.DataLoss:
		return ClassIntegrity
	default:
		return ClassFailed
	}
}

// failure turns what a call ended with into an [*Error]; nil stays nil.
func (c *Client) failure(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return &Error{Class: ClassInterrupted, Reason: "INTERRUPTED", Sentence: ClassInterrupted.sentence(), Err: err}
	}
	e := fromStatus(status.Convert(err), err)
	if e.Class == ClassUnavailable && c.handshake.untrusted.Load() {
		e.Reason, e.repeatable = "CERTIFICATE", false
		e.Sentence = "Le certificat du service n'est pas reconnu : vérifiez l'adresse, ou donnez avec --ca le fichier remis par votre service."
	}
	return e
}

// fromStatus reads the status and its details (AIP-193).
func fromStatus(st *status.Status, cause error) *Error {
	e := &Error{Class: classOf(st.Code()), Reason: strings.ToUpper(st.Code().String()), Err: cause, repeatable: st.Code() == codes.Unavailable}
	var request string
	for _, d := range st.Details() {
		switch d := d.(type) {
		case *errdetails.ErrorInfo:
			e.Reason = d.GetReason()
			if e.Reason == "CLIENT_CLOCK" {
				e.Class = ClassFailed // a new login would not help
			}
			e.Facts = d.GetMetadata()
			e.document, _ = strconv.Atoi(d.GetMetadata()["document"]) // 0 when it names none
		case *errdetails.LocalizedMessage:
			if strings.HasPrefix(strings.ToLower(d.GetLocale()), "fr") {
				e.Sentence = d.GetMessage()
			}
		case *errdetails.RequestInfo:
			request = d.GetRequestId()
		case *errdetails.RetryInfo:
			e.pause = d.GetRetryDelay().AsDuration()
			if st.Code() == codes.ResourceExhausted {
				e.Class = ClassRefused // too often, not too much
			}
		case *errdetails.BadRequest:
			for _, v := range d.GetFieldViolations() {
				e.Fields = append(e.Fields, Field{v.GetField(), v.GetDescription()})
			}
		}
	}
	e.Sentence = sentenceOf(e, request)
	return e
}

func sentenceOf(e *Error, request string) string {
	switch {
	case e.Class == ClassLogin: // the service does not know the command to give
		return sentenceLogin
	case len(e.Fields) > 0:
		return e.Naming(func(name string) string { return name })
	case e.Sentence != "" && request != "" && e.Class == ClassFailed:
		return oneLine(e.Sentence + " (Référence : " + request + ".)")
	case e.Sentence != "":
		return oneLine(e.Sentence)
	default:
		return e.Class.sentence()
	}
}

// Naming is the sentence of an error about fields, with the names that people
// know them by.
func (e *Error) Naming(name func(field string) string) string {
	told := make([]string, len(e.Fields))
	for i, f := range e.Fields {
		told[i] = name(f.Name) + " : " + f.Rule
	}
	return oneLine("Le service n'accepte pas cette demande : corrigez " + strings.Join(told, " ; ") + ".")
}

// oneLine makes a text from elsewhere safe for a terminal and a single line.
func oneLine(s string) string {
	return strings.Join(strings.Fields(Printable(s)), " ")
}

// Printable replaces what a terminal would obey rather than show: a title is
// whatever a depositor wrote.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case r < 0x20 || (r >= 0x7f && r < 0xa0): // C0, DEL and C1 controls
			return '\uFFFD'
		case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069: // bidirectional overrides
			return '\uFFFD'
		default:
			return r
		}
	}, s)
}

// broken reports a service that does not keep to the protocol.
func broken(what string) *Error {
	return &Error{
		Class:    ClassIntegrity,
		Reason:   "PROTOCOL",
		Sentence: "La réponse du service n'est pas celle attendue et rien n'a été gardé : prévenez le responsable du service.",
		Err:      errors.New(what),
	}
}

// of puts « de » before a verb, as French does before a vowel.
func of(verb string) string {
	if strings.ContainsRune("aeéiouyh", []rune(verb)[0]) {
		return "d'" + verb
	}
	return "de " + verb
}

// FileError says in one sentence why a file of the user cannot be used. The
// verb is French: "lire", "écrire".
func FileError(verb, path string, cause error) *Error {
	e := &Error{Class: ClassFailed, Reason: "FILE", Err: cause}
	path = Printable(path)
	switch {
	case errors.Is(cause, fs.ErrNotExist):
		e.Class = ClassNotFound
		e.Sentence = fmt.Sprintf("Le fichier ou le dossier %s n'existe pas : vérifiez son nom.", path)
	case errors.Is(cause, fs.ErrPermission):
		e.Sentence = fmt.Sprintf("Vous n'avez pas le droit %s %s : vérifiez les droits de ce fichier et de son dossier.", of(verb), path)
	case errors.Is(cause, fs.ErrExist):
		e.Class = ClassConflict
		e.Sentence = fmt.Sprintf("%s existe déjà et n'a pas été remplacé : choisissez un autre nom.", path)
	case diskFull(cause):
		e.Reason = "DISK_FULL"
		e.Sentence = fmt.Sprintf("Il n'y a plus assez de place pour %s %s : libérez de la place, puis recommencez ; rien n'a été gardé.", verb, path)
	default:
		e.Sentence = fmt.Sprintf("Impossible %s %s : vérifiez le disque et les droits, puis recommencez.", of(verb), path)
	}
	return e
}

func diskFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}
