#include "cx11.h"

#include <setjmp.h>
#include <unistd.h>

/// Where this thread goes on when the display that it is opening breaks.
static _Thread_local jmp_buf *opening;

/// Xlib has unlocked the display when it calls this. Jumping over XOpenDisplay leaves its display behind, some kilobytes
/// for each server that ends within these milliseconds; its socket is closed.
static int on_broken_connection(Display *display) {
    if (opening) {
        close(ConnectionNumber(display));
        longjmp(*opening, 1);
    }
    return 0;
}

void cx11_outlive_broken_connections(void) { XSetIOErrorHandler(on_broken_connection); }

Display *cx11_open_display(const char *name) {
    Display *volatile display = NULL;
    jmp_buf after;
    opening = &after;
    if (!setjmp(after)) display = XOpenDisplay(name);
    opening = NULL;
    return display;
}

int cx11_destroy_image(XImage *image) { return XDestroyImage(image); }
