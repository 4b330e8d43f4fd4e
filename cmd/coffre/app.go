package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	"github.com/coffre-fort/coffre/vault"
)

// app is what every command works with.
type app struct {
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	getenv func(string) string
	store  client.Store
	output format
	args   []string // as typed: no secret is ever among them
	// asPerson acts in the counter session that is open.
	asPerson bool
}

// format is the value of --output.
type format string

const (
	formatText format = "text"
	formatJSON format = "json"
)

// String implements pflag.Value.
func (f *format) String() string { return string(*f) }

// Type implements pflag.Value.
func (f *format) Type() string { return "text|json" }

// Set implements pflag.Value.
func (f *format) Set(s string) error {
	if v := format(s); v == formatText || v == formatJSON {
		*f = v
		return nil
	}
	return usage("Le format de sortie est « text » ou « json ».")
}

// usage reports what the user has to write otherwise.
func usage(sentence string, args ...any) *client.Error {
	return &client.Error{Class: client.ClassUsage, Reason: "USAGE", Sentence: fmt.Sprintf(sentence, args...)}
}

// say prints one line of text for people, in text output only.
func (a *app) say(format string, args ...any) {
	if a.output == formatText {
		fmt.Fprintf(a.stdout, format+"\n", args...)
	}
}

// emit prints one JSON value, in JSON output only. A message of the API is
// printed with the field names of its proto JSON form, unset fields included.
func (a *app) emit(v any) error {
	if a.output != formatJSON {
		return nil
	}
	raw, err := toJSON(v)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, raw, "", "  "); err != nil {
		return fmt.Errorf("coffre: json: %w", err)
	}
	out.WriteByte('\n')
	_, _ = out.WriteTo(a.stdout) // keepError remembers
	return nil
}

// toJSON encodes a message of the API, or a value that may hold encoded ones.
func toJSON(v any) (raw json.RawMessage, err error) {
	if m, ok := v.(proto.Message); ok {
		m = proto.Clone(m)
		fill(m.ProtoReflect())
		raw, err = protojson.MarshalOptions{EmitDefaultValues: true}.Marshal(m)
	} else {
		raw, err = json.Marshal(v)
	}
	if err != nil {
		return nil, fmt.Errorf("coffre: json: %w", err)
	}
	return raw, nil
}

// fill sets what is unset to its default, so that a script finds every field
// in every answer: the API tells the two apart, and nobody who reads does.
func fill(m protoreflect.Message) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		switch f := fields.Get(i); {
		case f.IsList() && f.Message() != nil:
			for list, n := m.Get(f).List(), 0; n < list.Len(); n++ {
				fill(list.Get(n).Message())
			}
		case f.IsList() || f.IsMap() || f.ContainingOneof() != nil: // empty ones are shown; at most one of a choice is
		case f.Message() != nil:
			if m.Has(f) {
				fill(m.Mutable(f).Message())
			}
		case !m.Has(f):
			m.Set(f, f.Default())
		}
	}
}

// A visit is one command's connection, with the user's session.
type visit struct {
	*client.Client

	saved client.Saved
	safe  string // empty for commands that concern none
}

// visitor is the body of a command that needs a session.
type visitor func(ctx context.Context, v visit, args []string) error

// load answers the session that commands act in.
func (a *app) load() (client.Saved, error) {
	saved, err := a.store.Load()
	if err != nil || !a.asPerson {
		return saved, err
	}
	return saved.AsPerson()
}

// session makes the body of a command that needs a session and no safe.
func (a *app) session(f visitor) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		saved, err := a.load()
		if err != nil {
			return err
		}
		return a.visit(cmd.Context(), saved, "", args, f)
	}
}

// inSafe gives a command the flag --safe and a body that needs a session.
func (a *app) inSafe(cmd *cobra.Command, f visitor) *cobra.Command {
	named := cmd.Flags().String("safe", "", "le coffre `ID` ; inutile quand vous n'en avez qu'un")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		saved, err := a.load()
		if err != nil {
			return err
		}
		safe, err := whichSafe(saved, *named)
		if err != nil {
			return err
		}
		return a.visit(cmd.Context(), saved, safe, args, f)
	}
	return cmd
}

func (a *app) visit(ctx context.Context, saved client.Saved, safe string, args []string, f visitor) error {
	c, err := client.New(client.Config{Address: saved.Address, CAFile: saved.CAFile})
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }() // everything was answered: nothing is lost with the connection
	return f(ctx, visit{Client: c.As(saved.Credentials), saved: saved, safe: safe}, args)
}

func whichSafe(saved client.Saved, named string) (string, error) {
	switch {
	case named != "":
		if _, err := vault.ParseSafeID(named); err != nil {
			return "", usage("Le coffre donné avec --safe n'est pas valable : un identifiant a 26 lettres minuscules et chiffres.")
		}
		return named, nil
	case len(saved.Safes) == 1:
		return saved.Safes[0], nil
	default:
		return "", usage("Dites de quel coffre il s'agit avec --safe (« coffre status » montre les vôtres).")
	}
}

// documentIDs checks the arguments that name documents.
func documentIDs(args []string) error {
	for _, id := range args {
		if _, err := vault.ParseDocumentID(id); err != nil {
			return usage("« %s » n'est pas l'identifiant d'un papier : il a 26 lettres minuscules et chiffres, « coffre ls » les montre.", client.Printable(id))
		}
	}
	return nil
}

// ids accepts from least to most arguments that name documents; most < 0 means
// without limit.
func ids(least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := count(least, most)(cmd, args); err != nil {
			return err
		}
		return documentIDs(args)
	}
}

// count accepts from least to most arguments; most < 0 means without limit.
func count(least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < least || (most >= 0 && len(args) > most) {
			return usage("Écrivez « %s » (« %s --help » donne des exemples).", cmd.UseLine(), cmd.CommandPath())
		}
		return nil
	}
}

// terminal says whether a stream is one, and which.
func terminal(stream any) (*os.File, bool) {
	if k, ok := stream.(*keepError); ok {
		stream = k.w
	}
	f, ok := stream.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil, false
	}
	return f, true
}

// aside tells people something beside the answer, in text output only.
func (a *app) aside(format string, args ...any) {
	if a.output == formatText {
		fmt.Fprintf(a.stderr, format+"\n", args...)
	}
}
