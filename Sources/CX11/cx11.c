#include "extensions.h"
#include "xwayland.h"

#include <setjmp.h>
#include <unistd.h>

/// Where this thread goes on when the display that it is opening breaks.
static _Thread_local jmp_buf *opening;

/// Xlib has unlocked the display when it calls this. The jump leaves the display's memory behind, some kilobytes for each
/// server that ends within these milliseconds; its socket is closed.
static int on_broken_connection(Display *display) {
    if (opening) {
        close(ConnectionNumber(display));
        longjmp(*opening, 1);
    }
    return 0;
}

void cx11_outlive_broken_connections(void) { XSetIOErrorHandler(on_broken_connection); }

int cx11_open(const char *name, unsigned wanted, int wants_screen_saver, cx11_connection *connection) {
    jmp_buf broken;
    if (setjmp(broken)) {
        opening = NULL;
        return 0;
    }
    opening = &broken;
    connection->display = XOpenDisplay(name);
    if (connection->display) {
        int event, error, major, minor;
        connection->has_shared_memory = XShmQueryExtension(connection->display);
        // The version is asked as well, because libXss asks it before its first other request.
        connection->has_screen_saver = wants_screen_saver &&
                                       XScreenSaverQueryExtension(connection->display, &event, &error) &&
                                       XScreenSaverQueryVersion(connection->display, &major, &minor);
        for (int extension = 0; extension < CX11_EXTENSIONS; extension++) {
            int first = 0;
            connection->extensions[extension] =
                wanted & 1u << extension ? cx11_prepare(connection->display, extension, &first) : CX11_UNWANTED;
            if (extension == CX11_DAMAGE) connection->damage_event = first;
        }
        cx11_look_for_xwayland(connection->display, connection);
    }
    opening = NULL;
    return connection->display != NULL;
}

int cx11_destroy_image(XImage *image) { return XDestroyImage(image); }
