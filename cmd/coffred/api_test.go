package main

import (
	"regexp"
	"strings"
	"testing"

	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
)

// What the page for programmers has them call is there, with the fields it names.
func TestTheAPIPageCallsWhatIsThere(t *testing.T) {
	t.Parallel()
	files := new(protoregistry.Files)
	for _, one := range []protoreflect.FileDescriptor{
		healthpb.File_grpc_health_v1_health_proto, coffrev1.File_coffre_v1_session_proto, coffrev1.File_coffre_v1_safe_proto,
		coffrev1.File_coffre_v1_information_proto, coffrev1.File_coffre_v1_papers_proto,
	} {
		if err := files.RegisterFile(one); err != nil {
			t.Fatal(err)
		}
	}
	line := regexp.MustCompile(`^grpcurl .*?(?:-d '(.*)' )?127\.0\.0\.1:8443 (?:describe )?([\w.]+)[./](\w+)$`)
	calls := 0
	for _, block := range fences(document(t, "deploy/docs/api.md"), "sh") {
		for typed := range strings.Lines(block) {
			found := line.FindStringSubmatch(strings.TrimSpace(typed))
			if found == nil {
				continue
			}
			calls++
			named, err := files.FindDescriptorByName(protoreflect.FullName(found[2] + "." + found[3]))
			if err != nil {
				t.Errorf("%s: %v", typed, err)
				continue
			}
			method, ok := named.(protoreflect.MethodDescriptor)
			if !ok {
				t.Errorf("%s: no method", typed)
			} else if body := found[1]; body != "" {
				if err := protojson.Unmarshal([]byte(body), dynamicpb.NewMessage(method.Input())); err != nil {
					t.Errorf("%s: %v", typed, err)
				}
			}
		}
	}
	if calls < 7 {
		t.Errorf("only %d calls were read", calls)
	}
}
