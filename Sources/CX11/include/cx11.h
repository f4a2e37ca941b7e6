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

/// XOpenDisplay, but also NULL when the server goes away during it.
///
/// Xlib has a handler for that which may keep the process, but only for displays that are already open: inside
/// XOpenDisplay it calls exit().
Display *cx11_open_display(const char *name);

/// XDestroyImage, a macro over a function pointer, which Swift does not import.
int cx11_destroy_image(XImage *image);

#endif
