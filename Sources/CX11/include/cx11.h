#ifndef CX11_H
#define CX11_H

#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <X11/extensions/XShm.h>
#include <X11/extensions/scrnsaver.h>
#include <sys/ipc.h>
#include <sys/shm.h>

/// Keeps Xlib from printing and from ending the process when a connection breaks. Once a process, before the first
/// display is opened. A display that is open needs XSetIOErrorExitHandler besides.
void cx11_outlive_broken_connections(void);

/// An open display and which of the extensions used here its server has.
typedef struct {
    Display *display;
    int has_shared_memory;
    int has_screen_saver;
} cx11_connection;

/// XOpenDisplay, and the first question about each extension. 1 for success, 0 also when the server goes away meanwhile.
///
/// A process can outlive a broken connection only on a display that is already open: inside XOpenDisplay Xlib calls
/// exit(). And an extension whose first question stays unanswered damages libXext's lists (1.3.4: XQueryExtension takes
/// whatever lies in memory for the answer). After this function neither can happen.
int cx11_open(const char *name, cx11_connection *connection);

/// XDestroyImage, a macro over a function pointer, which Swift does not import.
int cx11_destroy_image(XImage *image);

#endif
