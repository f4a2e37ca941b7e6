#include <X11/Xlib.h>
#include <X11/Xlibint.h>
#include <X11/Xutil.h>
#include <X11/extensions/XShm.h>
#include <X11/extensions/scrnsaver.h>
#include <signal.h>
#include <sys/ipc.h>
#include <sys/shm.h>

// XDestroyImage is a macro over a function pointer, which Swift does not import.
static inline int cx11_destroy_image(XImage *image) { return XDestroyImage(image); }

// XSetIOErrorExitHandler locks the display, so it cannot be called from inside an IO error handler, where Xlib holds
// that lock. A server that goes away during XOpenDisplay is only ever seen there: the caller has no display yet.
// Writing the field that the public function writes closes that gap.
static inline void cx11_set_exit_handler_locked(Display *display, XIOErrorExitHandler handler) {
    display->exit_handler = handler;
}
