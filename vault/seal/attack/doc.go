// Package attack opens whatever opens. It is for showing what somebody with a
// copy of everything can read: the tests of the vault and the development
// server's tour use it, and nothing that serves people does.
//
// It has no power that the stock age tool in a loop does not have: it makes no
// key, knows no name and no signed entry, and trusts nothing. It lies here because
// age has one home. Nothing may enter that a thief would have to be told by the
// service.
package attack
