// Package tour is the main job of the service told as a story, through the
// public API and real logins: somebody at the counter opens a safe and puts
// papers in, the person logs in, unlocks it with the code sheet, gets the same
// bytes back, sees who looked, and a stranger gets nothing.
//
// It holds no key and no back door: what it knows it learned as a client, and
// each step compares what came with what had to come. It plays on servers marked
// DEV only, because it opens safes for people who do not exist. What may not
// enter: anything that only a server has; the verifications of disk and bucket
// are handed in by whoever holds them.
package tour
