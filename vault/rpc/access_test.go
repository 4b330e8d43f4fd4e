package rpc

import (
	"testing"

	"google.golang.org/grpc"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/reflection/grpc_reflection_v1alpha"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	keeperv1 "github.com/coffre-fort/coffre/proto/coffre/keeper/v1"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
)

func TestEveryMethodHasOneRow(t *testing.T) {
	t.Parallel()
	methods := map[string]bool{}
	files := []protoreflect.FileDescriptor{
		healthpb.File_grpc_health_v1_health_proto,
		grpc_reflection_v1.File_grpc_reflection_v1_reflection_proto,
		grpc_reflection_v1alpha.File_grpc_reflection_v1alpha_reflection_proto,
		keeperv1.File_coffre_keeper_v1_keeper_proto,
	}
	protoregistry.GlobalFiles.RangeFilesByPackage("coffre.v1", func(f protoreflect.FileDescriptor) bool {
		files = append(files, f)
		return true
	})
	for _, f := range files {
		for i := range f.Services().Len() {
			s := f.Services().Get(i)
			for j := range s.Methods().Len() {
				m := s.Methods().Get(j)
				name := "/" + string(s.FullName()) + "/" + string(m.Name())
				methods[name] = true
				r, ok := access[name]
				if !ok || r.need == 0 {
					t.Errorf("%s has no row", name)
				}
				want := shortLimit
				if m.IsStreamingClient() || m.IsStreamingServer() {
					want = longLimit
				}
				if r.limit != want {
					t.Errorf("%s may take %v, want %v", name, r.limit, want)
				}
			}
		}
	}
	if len(methods) < 72+3+2 {
		t.Fatalf("only %d methods were found", len(methods))
	}
	for name := range access {
		if !methods[name] {
			t.Errorf("%s has a row and does not exist", name)
		}
	}
}

// Only these answer somebody who proved nothing.
func TestPublicMethodsAreTheseFew(t *testing.T) {
	t.Parallel()
	want := map[string]bool{
		coffrev1.SessionService_ListIssuers_FullMethodName: true,
		coffrev1.SessionService_OpenSession_FullMethodName: true,
		// L-11: before there is a contract.
		coffrev1.InformationService_GetServiceInformation_FullMethodName: true,
		// Somebody who cannot log in proves who they are by sheet and PIN.
		coffrev1.LockService_ResetPassword_FullMethodName: true,
		// Somebody who holds a printed page asks whether it still counts.
		coffrev1.PrintService_CheckPage_FullMethodName: true,
		// What a démarche asks is nobody's secret.
		coffrev1.PapersService_GetCatalogue_FullMethodName:   true,
		coffrev1.PapersService_GetGeneralList_FullMethodName: true,

		healthpb.Health_Check_FullMethodName: true,
		healthpb.Health_List_FullMethodName:  true,
		healthpb.Health_Watch_FullMethodName: true,

		grpc_reflection_v1.ServerReflection_ServerReflectionInfo_FullMethodName:      true,
		grpc_reflection_v1alpha.ServerReflection_ServerReflectionInfo_FullMethodName: true,
	}
	for name, r := range access {
		if (r.need == public) != want[name] {
			t.Errorf("%s: public is %v", name, r.need == public)
		}
	}
}

func TestAServerWithAnUnknownMethodDoesNotStart(t *testing.T) {
	t.Parallel()
	err := checkAccess(map[string]grpc.ServiceInfo{"coffre.v1.NewService": {Methods: []grpc.MethodInfo{{Name: "Do"}}}})
	if err == nil {
		t.Error("a method without a row was accepted")
	}
}
