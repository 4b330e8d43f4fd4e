package rpc

import (
	"reflect"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/vault"
)

// filled sets everything in v: numbers to 1, texts to a word, lists to one
// element.
func filled(t *testing.T, v reflect.Value) {
	t.Helper()
	switch v.Interface().(type) {
	case time.Time:
		v.Set(reflect.ValueOf(time.Unix(1_800_000_000, 1)))
		return
	case auth.UserID:
		u, err := auth.NewUserID("https://issuer.test", "s-1")
		if err != nil {
			t.Fatal(err)
		}
		v.Set(reflect.ValueOf(u))
		return
	case vault.FunctionSet:
		v.Set(reflect.ValueOf(vault.NewFunctionSet(vault.FunctionReception)))
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		filled(t, v.Elem())
	case reflect.Struct:
		for _, field := range v.Fields() {
			filled(t, field)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		filled(t, v.Index(0))
	case reflect.Array:
		for i := range v.Len() {
			filled(t, v.Index(i))
		}
	case reflect.String:
		v.SetString("mot")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Uint8, reflect.Uint16, reflect.Uint64:
		v.SetUint(1)
	case reflect.Int, reflect.Int64:
		v.SetInt(1)
	default:
		t.Fatalf("%v cannot be filled", v.Type())
	}
}

func full[T any](t *testing.T) (v T) {
	t.Helper()
	filled(t, reflect.ValueOf(&v).Elem())
	return v
}

// unset lists the fields of m that nobody set, of a oneof too.
func unset(m protoreflect.Message, at string) (missing []string) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		name := at + "." + string(f.Name())
		switch v := m.Get(f); {
		case f.IsList() && v.List().Len() == 0, !f.IsList() && !m.Has(f),
			f.Kind() == protoreflect.EnumKind && !f.IsList() && v.Enum() == 0:
			missing = append(missing, name)
		case f.Kind() != protoreflect.MessageKind:
		case f.IsList():
			missing = append(missing, unset(v.List().Get(0).Message(), name)...)
		default:
			missing = append(missing, unset(v.Message(), name)...)
		}
	}
	return missing
}

// Nothing that the keeper says is lost on the way out.
func TestEveryFieldIsAnswered(t *testing.T) {
	t.Parallel()
	over := full[vault.Consent](t)
	over.State = vault.ConsentEnded
	end := summary(full[vault.Summary](t))
	end.SetHtml([]byte("page"))
	end.SetPdf([]byte("page"))
	for name, m := range map[string]proto.Message{
		"consent": consent(over), "record": record(over.Record()), "shown": shown(full[vault.Shown](t)),
		"agent": agent(full[vault.Agent](t)), "departure": departure(full[vault.DepartureReport](t), "suite"),
		"entry": entry(full[vault.RegisterEntry](t)), "view": view(full[vault.SafeView](t)),
		"line": journalLine(full[vault.Line](t)), "document": document(full[vault.Document](t)),
		"helped": helped(full[vault.Helped](t)), "member": member(full[vault.CircleMember](t)), "way": wayIn(full[vault.WayIn](t)),
		"exposed": exposed(full[vault.Exposed](t)), "notebook": notebook(full[vault.Notebook](t)), "relay": relayView(full[vault.Relay](t)),
		"approval": approval(full[vault.Approval](t)), "anomaly": anomaly(full[vault.Anomaly](t)), "self": selfAgent(full[vault.SelfAgent](t)),
		"structure report": structureReport(full[vault.StructureReport](t)),
		"side by side":     sideBySide(full[vault.SideBySide](t)), "summary": end,
		"notice": notice(full[vault.Notice](t), "RSA"), "checked": checked(full[vault.CheckedPage](t)),
	} {
		if missing := unset(m.ProtoReflect(), name); missing != nil {
			t.Errorf("nobody answers %v", missing)
		}
	}
}

// What is not there is not answered: no zero id, no year 1.
func TestNothingIsAnsweredAsNothing(t *testing.T) {
	t.Parallel()
	asked := consent(vault.Consent{State: vault.ConsentAsked})
	if asked.HasGiveTime() || asked.HasEndTime() || asked.HasGiving() || asked.HasConsent() {
		t.Errorf("a request is answered as %v", asked)
	}
	if a := agent(vault.Agent{}); a.HasLogin() || a.HasLastUseTime() || a.HasAgent() {
		t.Errorf("nobody is answered as %v", a)
	}
	if entry(vault.RegisterEntry{}) != nil {
		t.Error("a safe out of the register has an entry")
	}
	if l := journalLine(vault.Line{}); l.HasAgent() || l.HasConsent() || l.HasFunction() {
		t.Errorf("a line without an agent is answered as %v", l)
	}
}
