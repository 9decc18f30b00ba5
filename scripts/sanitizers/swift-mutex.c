// What ThreadSanitizer has to be told of Swift's Mutex.
//
// A Mutex that nobody else holds is taken and given back by atomic operations in our own code, which the sanitizer sees. A contended one goes
// through two functions of libswiftSynchronization, which is not built with the sanitizer, so that every value that a contended
// Mutex guards would be reported as a race. These stand before them (LD_PRELOAD) and say what they do. Suppressions would hide
// real races in the same functions.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

extern void __tsan_acquire(void *address);
extern void __tsan_release(void *address);

#define SWIFT __attribute__((swiftcall))
#define CONTEXT __attribute__((swift_context))

// Synchronization._MutexHandle._lockSlow(Swift.UInt32) -> ()
static const char lockName[] = "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF";
// Synchronization._MutexHandle._unlockSlow() -> ()
static const char unlockName[] = "$s15Synchronization12_MutexHandleV11_unlockSlowyyF";

SWIFT void lockSlow(uint32_t thread, CONTEXT void *mutex) __asm__("$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF");
SWIFT void lockSlow(uint32_t thread, CONTEXT void *mutex) {
    typedef SWIFT void (*Lock)(uint32_t, CONTEXT void *);
    static Lock next;
    if (!next) next = (Lock)dlsym(RTLD_NEXT, lockName);
    next(thread, mutex);
    __tsan_acquire(mutex);
}

SWIFT void unlockSlow(CONTEXT void *mutex) __asm__("$s15Synchronization12_MutexHandleV11_unlockSlowyyF");
SWIFT void unlockSlow(CONTEXT void *mutex) {
    typedef SWIFT void (*Unlock)(CONTEXT void *);
    static Unlock next;
    if (!next) next = (Unlock)dlsym(RTLD_NEXT, unlockName);
    __tsan_release(mutex);
    next(mutex);
}
