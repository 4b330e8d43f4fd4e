// Package server puts a whole service together from a checked configuration, for
// the commands of coffred: stores, keeper, vault, API, and in development the
// local OpenID provider. It starts them in the order in which they need each
// other and stops them in the other: first nobody is served any more, last the
// trail is closed.
//
// What may not enter: decisions about access, cryptography, words for people. It
// trusts the configuration, the files it names, and the disk they are on.
package server
