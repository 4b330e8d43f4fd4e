package rpc_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// Numbers of the person's part that nothing else has: fewer leaves, and other sizes.
const (
	sortedPapers = 9987 + iota
	filedPapers
	thrownPapers
	writtenMemos
)

// whoReads are the methods that tell somebody of a person's part, by whom: the person,
// and who leads the cycle.
var whoReads = map[string][]string{
	coffrev1.WorkshopService_GetParticipation_FullMethodName: {"person", "person at the counter"},
	coffrev1.WorkshopService_PrintCertificate_FullMethodName: {"person", "person at the counter"},
	coffrev1.TrailService_ReadJournal_FullMethodName:         {"person", "person at the counter"},
	coffrev1.WorkshopService_ListParticipants_FullMethodName: {vault.FunctionSocialWorker.String()},
}

// inParts puts the person into the cycle that the social worker leads.
func (c *cast) inParts(t *testing.T) {
	t.Helper()
	person, _ := c.login(t, vaulttest.Person)
	must(t, call(t.Context(), coffrev1.NewWorkshopServiceClient(person).JoinCycle, coffrev1.JoinCycleRequest_builder{
		RequestId: requestID(), Safe: &c.own.safe, Cycle: &c.own.cycle,
	}.Build()))
	worker, _ := c.login(t, vaulttest.Worker)
	client := coffrev1.NewWorkshopServiceClient(worker)
	must(t, call(t.Context(), client.NoteAttendance, coffrev1.NoteAttendanceRequest_builder{
		RequestId: requestID(), Safe: &c.own.safe, Cycle: &c.own.cycle, Session: new(int32(1)), Attendance: new(coffrev1.Attendance_ATTENDANCE_CAME),
	}.Build()))
	must(t, call(t.Context(), client.NoteProgress, coffrev1.NoteProgressRequest_builder{
		RequestId: requestID(), Safe: &c.own.safe, Cycle: &c.own.cycle, Progress: coffrev1.WorkshopProgress_builder{
			Sorted: new(int32(sortedPapers)), Filed: new(int32(filedPapers)), Thrown: new(int32(thrownPapers)), Memos: new(int32(writtenMemos)),
		}.Build(),
	}.Build()))
}

// ofAPart reports whether an answer has anything of a person's part: a mark of a
// session, one of the numbers, or what the trail calls them.
func ofAPart(m protoreflect.Message) (is bool) {
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.IsMap():
		case f.IsList():
			for i := range v.List().Len() {
				is = is || oneOfAPart(f, v.List().Get(i))
			}
		default:
			is = is || oneOfAPart(f, v)
		}
		return !is
	})
	return is
}

func oneOfAPart(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
	switch f.Kind() {
	case protoreflect.MessageKind:
		return f.Message().FullName() != "google.protobuf.Timestamp" && ofAPart(v.Message())
	case protoreflect.EnumKind:
		return f.Enum().FullName() == "coffre.v1.Attendance" && v.Enum() != 0
	case protoreflect.Int32Kind, protoreflect.Int64Kind:
		return v.Int() >= sortedPapers && v.Int() <= writtenMemos
	case protoreflect.StringKind:
		return v.String() == "came" || v.String() == "progress"
	default:
		return false
	}
}

// Attendance and progress leave the cycle for nobody: every method × everybody, and
// only the person and who leads read of them; nor does a log, nor the report of the
// leader's departure.
func TestAttendanceLeavesTheCycleForNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCast(t)
		c.inParts(t)
		reading := func(m string) bool {
			return whoReads[m] != nil || !slices.Contains(ending, m) && !strings.Contains(m, ".WorkshopService/") || strings.HasSuffix(m, "/ListCycles")
		}
		read := map[string]int{}
		for _, method := range slices.Sorted(maps.Keys(attempts)) {
			if !reading(method) {
				continue
			}
			for _, who := range c.all {
				if c.tells(t, method, who) {
					read[method]++
					if !slices.Contains(whoReads[method], who.name) {
						t.Errorf("%s tells %s of the person's part", short(method), who.name)
					}
				}
			}
		}
		for method, who := range whoReads {
			if method != coffrev1.WorkshopService_PrintCertificate_FullMethodName && read[method] != len(who) { // its text is in a PDF
				t.Errorf("%s told %d, want %v", short(method), read[method], who)
			}
		}
		c.end(t, vaulttest.Worker)
		for _, who := range c.all {
			for _, method := range []string{
				coffrev1.StructureService_GetDepartureReport_FullMethodName, coffrev1.WorkshopService_ListParticipants_FullMethodName,
				coffrev1.WorkshopService_ListCycles_FullMethodName, coffrev1.StructureService_GetStructureReport_FullMethodName,
			} {
				if c.tells(t, method, who) {
					t.Errorf("%s tells %s of the person's part once the leader left", short(method), who.name)
				}
			}
		}
		if regexp.MustCompile(`=(99(87|88|89|90)|caught-up|came)\b`).MatchString(c.log.String()) {
			t.Error("the log has something of a person's part")
		}
	})
}

// tells reports whether a call about the person's safe answers with their part.
func (c *cast) tells(t *testing.T, method string, who personage) bool {
	t.Helper()
	var reply []byte
	who.reply = &reply
	if err := attempts[method].try(t.Context(), who.visitor, c.own); err != nil {
		reply = nil
	}
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(strings.ReplaceAll(method[1:], "/", ".")))
	must(t, err)
	answer := dynamicpb.NewMessage(found.(protoreflect.MethodDescriptor).Output())
	must(t, proto.Unmarshal(reply, answer))
	return ofAPart(answer)
}
