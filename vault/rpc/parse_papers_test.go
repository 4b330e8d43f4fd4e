package rpc

import (
	"context"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault/papers"
)

func papersParsers(ctx context.Context, kinds *papers.Catalogue) map[string]reading {
	return map[string]reading{
		"Bring": func(s string, n int64) error {
			return second(parseBring(coffrev1.BringRequest_builder{Safe: &s, Purpose: &s, Members: membersOf(s, n)}.Build(), kinds))
		},
		"PrintBring": func(s string, n int64) error {
			_, _, _, err := parsePrintBring(coffrev1.PrintBringRequest_builder{
				Safe: &s, Purpose: &s, Members: membersOf(s, n), Place: &s, AppointmentTime: at(n), Format: new(coffrev1.PageFormat(int32(n))),
			}.Build(), kinds)
			return err
		},
		"Sort": func(s string, n int64) error {
			return second(parseSort(ctx, coffrev1.SortRequest_builder{Safe: &s, Document: &s, PageSize: new(int32(n)), Answers: coffrev1.PaperAnswers_builder{
				SinceDate: &s, NotYet: new(true), Answer: new(coffrev1.Answer(int32(n))), BirthDate: &s,
			}.Build()}.Build()))
		},
	}
}

func membersOf(s string, n int64) []*coffrev1.HouseholdMember {
	return []*coffrev1.HouseholdMember{coffrev1.HouseholdMember_builder{
		Whose: &s, Relation: new(coffrev1.Relation(int32(n))), BirthYear: new(int32(n)),
	}.Build()}
}
