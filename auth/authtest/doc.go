// Package authtest gives tests real logins: a real OpenID issuer with its own keys, verified by the real
// relying party, opening real sessions. There is no other way to a Principal, and no way to fake one.
//
// It is for tests only: its keys are made anew each time and its issuer signs whatever it is asked to.
package authtest
