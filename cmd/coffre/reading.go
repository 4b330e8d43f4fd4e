package main

import (
	"regexp"
	"strings"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/coffre-fort/coffre/cmd/internal/client"
)

// An enumeration is one of the API's.
type enumeration interface {
	~int32
	protoreflect.Enum
}

// parseWord reads a word of an enumeration: « in-stead » is POSTURE_IN_STEAD. The
// empty word is the value that says nothing.
func parseWord[E enumeration](flag, word string) (E, error) {
	var zero E
	if word == "" {
		return zero, nil
	}
	values := zero.Descriptor().Values()
	var known []string
	for i := 1; i < values.Len(); i++ {
		e := E(values.Get(i).Number())
		if wordOf(e) == word {
			return e, nil
		}
		known = append(known, wordOf(e))
	}
	return zero, usage("Avec --%s, écrivez %s.", flag, strings.Join(known, ", "))
}

// wordOf is the word of a value: what is left of its name without the
// enumeration's.
func wordOf[E enumeration](e E) string {
	values := e.Descriptor().Values()
	v := values.ByNumber(protoreflect.EnumNumber(e))
	if v == nil {
		return ""
	}
	prefix := strings.TrimSuffix(string(values.Get(0).Name()), "UNSPECIFIED")
	return strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(string(v.Name()), prefix)), "_", "-")
}

// parseEnd reads the last day of something, as people write it: it is over when
// that day is. An instant (RFC 3339) is taken as it is.
func parseEnd(s string) (*timestamppb.Timestamp, error) { return parseTime("until", s, 1) }

// parseBegin reads a first day or instant.
func parseBegin(flag, s string) (*timestamppb.Timestamp, error) { return parseTime(flag, s, 0) }

func parseTime(flag, s string, days int) (*timestamppb.Timestamp, error) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return timestamppb.New(t), nil
	}
	for _, layout := range []string{"02/01/2006", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, s, time.Local); err == nil {
			return timestamppb.New(t.AddDate(0, 0, days)), nil
		}
	}
	return nil, usage("« %s » n'est pas une date pour --%s : écrivez JJ/MM/AAAA ou AAAA-MM-JJ.", client.Printable(s), flag)
}

// french is a date as identity papers write it: a day or month may be 00.
var french = regexp.MustCompile(`^(\d{2})/(\d{2})/(\d{4})$`)

// dayOf is a day as the service writes it; what is no day is left for the service
// to refuse.
func dayOf(s string) string { return french.ReplaceAllString(s, "$3-$2-$1") }

// birthDate is a birth date as the service keeps it.
func birthDate(s string) string { return dayOf(s) }

// until is the end of something, or nothing.
func until(t *timestamppb.Timestamp) string {
	if t == nil {
		return ""
	}
	return day(t.AsTime())
}
