/* Tells the thread sanitizer of Swift's locks and continuations, for `make test-threads`, which links it into the tests.
 *
 * Swift's libraries are built without the sanitizer, which does not see what orders accesses there:
 *
 * - Mutex. A lock that is free is taken, and one that nobody waits for is let go, by an atomic operation in the code of whoever
 *   does so, which the sanitizer sees. The rest is in the library Synchronization: what a lock protects would look like a race
 *   each time somebody has had to wait for it.
 * - Continuations. What is written before one is resumed, and read after it, would look like a race when it is resumed before
 *   its task has begun to wait: then the task goes on without a job that the runtime would tell the sanitizer of. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>

/* Missing in programs that are built without the sanitizer. */
__attribute__((weak)) void __tsan_acquire(void *address);
__attribute__((weak)) void __tsan_release(void *address);

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *self
/* Methods of Synchronization._MutexHandle. */
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define TRY_LOCK "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

SWIFT void lock(uint32_t thread, SELF) __asm__(LOCK);
SWIFT void lock(uint32_t thread, SELF) {
    SWIFT void (*real)(uint32_t, SELF) = dlsym(RTLD_NEXT, LOCK);
    real(thread, self);
    if (__tsan_acquire) __tsan_acquire(self);
}

SWIFT bool try_lock(SELF) __asm__(TRY_LOCK);
SWIFT bool try_lock(SELF) {
    SWIFT bool (*real)(SELF) = dlsym(RTLD_NEXT, TRY_LOCK);
    bool is_locked = real(self);
    if (is_locked && __tsan_acquire) __tsan_acquire(self);
    return is_locked;
}

SWIFT void unlock(SELF) __asm__(UNLOCK);
SWIFT void unlock(SELF) {
    SWIFT void (*real)(SELF) = dlsym(RTLD_NEXT, UNLOCK);
    if (__tsan_release) __tsan_release(self);
    real(self);
}

/* Swift's include/swift/Runtime/Concurrency.h. A task waits for one continuation at a time, so the task stands for it. */
SWIFT void *swift_task_getCurrent(void);

#define RESUME(name) \
    SWIFT void name(void *task) { \
        SWIFT void (*real)(void *) = dlsym(RTLD_NEXT, #name); \
        if (__tsan_release) __tsan_release(task); \
        real(task); \
    }
RESUME(swift_continuation_resume)
RESUME(swift_continuation_throwingResume)

SWIFT void swift_continuation_throwingResumeWithError(void *task, void *error) {
    SWIFT void (*real)(void *, void *) = dlsym(RTLD_NEXT, "swift_continuation_throwingResumeWithError");
    if (__tsan_release) __tsan_release(task);
    real(task, error);
}

__attribute__((swiftasynccall)) void swift_continuation_await(void *context) {
    __attribute__((swiftasynccall)) void (*real)(void *) = dlsym(RTLD_NEXT, "swift_continuation_await");
    void *task = swift_task_getCurrent();
    if (__tsan_acquire && task) __tsan_acquire(task);
    __attribute__((musttail)) return real(context);
}
