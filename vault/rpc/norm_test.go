package rpc

import (
	"regexp"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
)

// L-43: the eight functions of NF Z42-020 are methods, under their names.
func TestTheEightFunctionsOfTheNormAreMethods(t *testing.T) {
	t.Parallel()
	for french, method := range map[string]string{
		"déposer":                         coffrev1.DocumentService_Deposit_FullMethodName,
		"lire":                            coffrev1.DocumentService_Read_FullMethodName,
		"détruire":                        coffrev1.DocumentService_Destroy_FullMethodName,
		"lire les métadonnées techniques": coffrev1.DocumentService_ReadTechnicalMetadata_FullMethodName,
		"contrôler":                       coffrev1.DocumentService_Control_FullMethodName,
		"lire le journal":                 coffrev1.TrailService_ReadJournal_FullMethodName,
		"lister":                          coffrev1.DocumentService_List_FullMethodName,
		"compter":                         coffrev1.DocumentService_Count_FullMethodName,
	} {
		if r, ok := access[method]; !ok || r.need == public {
			t.Errorf("%s: %s is not served, or to everybody", french, method)
		}
	}
}

// L-40: no message has a field for the number that identifies people to social
// security, by any of its names.
func TestNoFieldTakesASocialSecurityNumber(t *testing.T) {
	t.Parallel()
	number := regexp.MustCompile(`(^|_)(nir|nia|nss|ssn|insee|secu|securite_sociale|social_security|vitale)(_|$)`)
	fields := 0
	var look func(protoreflect.MessageDescriptor)
	look = func(m protoreflect.MessageDescriptor) {
		for i := range m.Fields().Len() {
			fields++
			if name := string(m.Fields().Get(i).Name()); number.MatchString(name) {
				t.Errorf("%s has a field %s", m.FullName(), name)
			}
		}
		for i := range m.Messages().Len() {
			look(m.Messages().Get(i))
		}
	}
	protoregistry.GlobalFiles.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		for i := range f.Messages().Len() {
			if strings.HasPrefix(string(f.Package()), "coffre.") {
				look(f.Messages().Get(i))
			}
		}
		return true
	})
	if fields < 400 {
		t.Errorf("only %d fields were looked at", fields)
	}
}
