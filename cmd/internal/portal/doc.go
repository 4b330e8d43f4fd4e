// Package portal is the web pages of the service that need no login: what a
// printed page leads to, and what the service is.
//
// They are read by whoever holds a paper, on whatever telephone. A page is static
// HTML without script, cookie, form or anything from elsewhere; it says nothing
// that the paper does not, names nobody, and looks the same for a wrong address
// and for one of which nothing is said. Nothing of an address is logged.
//
// Keys, the keeper and the bucket may not enter: what a page says it asks of the
// API's own public methods, on whatever node it runs.
package portal
