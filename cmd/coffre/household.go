package main

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
)

// kindHousehold is the paper that says who lives with the person: one line a
// member, as [parseMember] reads it (deploy/docs/adr/0029).
const kindHousehold = "foyer"

func newHousehold(a *app) *cobra.Command {
	return group("household", "Les personnes qui vivent avec vous, pour savoir quoi ramener",
		newHouseholdSet(a), newHouseholdShow(a), newHouseholdDrop(a))
}

func newHouseholdSet(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "set 'LIEN: NOM, ANNÉE'...",
		Short: "Écrire qui vit avec vous",
		Long: `Garde dans votre coffre, comme un papier, la liste des personnes qui vivent avec vous.
LIEN est conjoint, enfant ou autre. NOM est écrit comme sur vos papiers (« ma fille
Ana »). L'année de naissance n'est pas obligatoire. La liste d'avant est effacée.`,
		Example: "  coffre household set 'conjoint: mon conjoint Karim' 'enfant: ma fille Ana, 2015'",
		Args:    count(1, 30),
	}
	return a.inSafe(cmd, func(ctx context.Context, v visit, args []string) error {
		members, err := parseMembers(args)
		if err != nil {
			return err
		}
		old, err := notes(ctx, v, kindHousehold)
		if err != nil {
			return err
		}
		lines := make([]string, len(members))
		for i, m := range members {
			lines[i] = memberLine(m)
		}
		if err := putNote(ctx, v, note{kind: kindHousehold, title: "Les personnes du foyer", text: strings.Join(lines, "\n") + "\n"}); err != nil {
			return err
		}
		return a.changed(dropNotes(ctx, v, old), "La liste du foyer est gardée.")
	})
}

func newHouseholdShow(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "show", Short: "Lire qui vit avec vous", Args: count(0, 0)}
	return a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		members, err := storedHousehold(ctx, v)
		if err != nil {
			return err
		}
		if len(members) == 0 {
			a.say("Aucune liste du foyer.")
		}
		for _, m := range members {
			a.say("%s", client.Printable(memberLine(m)))
		}
		return a.emit(struct {
			Members []memberJSON `json:"members"`
		}{asJSON(members)})
	})
}

// memberJSON is one member, for a program.
type memberJSON struct {
	Whose    string `json:"whose"`
	Relation string `json:"relation"`
	Year     int32  `json:"birthYear"`
}

func asJSON(members []*coffrev1.HouseholdMember) []memberJSON {
	out := []memberJSON{}
	for _, m := range members {
		out = append(out, memberJSON{m.GetWhose(), relationName(m.GetRelation()), m.GetBirthYear()})
	}
	return out
}

func newHouseholdDrop(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "drop", Short: "Effacer la liste du foyer", Args: count(0, 0)}
	return a.inSafe(cmd, func(ctx context.Context, v visit, _ []string) error {
		old, err := notes(ctx, v, kindHousehold)
		if err != nil {
			return err
		}
		if len(old) == 0 {
			return a.changed(nil, "Aucune liste du foyer : il n'y a rien à effacer.")
		}
		return a.changed(dropNotes(ctx, v, old), "La liste du foyer est effacée.")
	})
}

// household is who a slip is for: those who were named, else those of the paper
// that the person keeps. An agent's consent may not let it be read: then the
// service goes by whose the papers are.
func (a *app) household(ctx context.Context, v visit, b bringing) ([]*coffrev1.HouseholdMember, error) {
	if len(b.members) > 0 || b.general {
		return parseMembers(b.members)
	}
	self, err := client.Repeat(ctx, v.Client, v.Structures.GetSelf, &coffrev1.GetSelfRequest{})
	if err != nil || len(self.GetAgents()) > 0 && self.GetVisit() != v.safe {
		return nil, err
	}
	return storedHousehold(ctx, v)
}

// storedHousehold reads the paper that the person keeps; nobody without one.
func storedHousehold(ctx context.Context, v visit) ([]*coffrev1.HouseholdMember, error) {
	all, err := notes(ctx, v, kindHousehold)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	text, err := readNote(ctx, v, all[len(all)-1])
	if err != nil {
		return nil, err
	}
	return parseMembers(slices.Collect(strings.Lines(text)))
}

var relations = map[string]coffrev1.Relation{
	"conjoint": coffrev1.Relation_RELATION_PARTNER,
	"enfant":   coffrev1.Relation_RELATION_CHILD,
	"autre":    coffrev1.Relation_RELATION_OTHER,
}

func relationName(r coffrev1.Relation) string {
	for name, relation := range relations {
		if relation == r {
			return name
		}
	}
	return ""
}

func parseMembers(lines []string) ([]*coffrev1.HouseholdMember, error) {
	var all []*coffrev1.HouseholdMember
	for _, line := range lines {
		if strings.TrimSpace(line) == "" {
			continue
		}
		m, err := parseMember(line)
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, nil
}

// birthYear is a year of birth as it follows a name: what says no year belongs to
// the name, so that a line that is read and written is the same member.
var birthYear = regexp.MustCompile(`^[1-9][0-9]{0,3}$`)

// parseMember reads "LIEN: NOM, ANNÉE", where the year may be missing. It is one line.
func parseMember(line string) (*coffrev1.HouseholdMember, error) {
	link, name, found := strings.Cut(strings.TrimSpace(line), ":")
	relation, known := relations[strings.ToLower(strings.TrimSpace(link))]
	name = strings.TrimSpace(name)
	var year int32
	if i := strings.LastIndex(name, ","); i >= 0 && birthYear.MatchString(strings.TrimSpace(name[i+1:])) {
		n, err := strconv.ParseInt(strings.TrimSpace(name[i+1:]), 10, 32)
		if err != nil {
			return nil, err // four digits are a number
		}
		year, name = int32(n), strings.TrimSpace(name[:i])
	}
	if !found || !known || name == "" || strings.ContainsFunc(name, unicode.IsControl) || !utf8.ValidString(name) {
		return nil, usage("« %s » n'est pas une personne du foyer : écrivez « enfant: ma fille Ana, 2015 » ; le lien est conjoint, enfant ou autre.", client.Printable(line))
	}
	return coffrev1.HouseholdMember_builder{Whose: &name, Relation: &relation, BirthYear: &year}.Build(), nil
}

func memberLine(m *coffrev1.HouseholdMember) string {
	line := relationName(m.GetRelation()) + ": " + m.GetWhose()
	if m.GetBirthYear() != 0 {
		line += ", " + strconv.Itoa(int(m.GetBirthYear()))
	}
	return line
}
