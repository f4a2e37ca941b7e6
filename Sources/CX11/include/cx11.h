#ifndef CX11_H
#define CX11_H

#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <X11/extensions/XShm.h>
#include <X11/extensions/scrnsaver.h>
#include <stdint.h>
#include <sys/ipc.h>
#include <sys/shm.h>

/// Keeps Xlib from printing and from ending the process when a connection breaks. Once a process, before the first
/// display is opened. A display that is open needs XSetIOErrorExitHandler besides.
void cx11_outlive_broken_connections(void);

/// Extensions whose libraries need not be installed: they are loaded when a display is opened that wants them.
enum {
    /// RandR 1.5 (libXrandr.so.2): monitors by their names.
    CX11_MONITORS,
    /// XFixes (libXfixes.so.3): what the pointer looks like.
    CX11_POINTER,
    /// Damage (libXdamage.so.1): whether anything was drawn.
    CX11_DAMAGE,
    CX11_EXTENSIONS
};

/// What came of one of them.
enum { CX11_UNWANTED, CX11_READY, CX11_NO_LIBRARY, CX11_NO_EXTENSION };

/// An open display and which of the extensions used here its server has.
typedef struct {
    Display *display;
    int has_shared_memory;
    /// 0 also when it was not wanted.
    int has_screen_saver;
    /// CX11_UNWANTED to CX11_NO_EXTENSION, in the order of CX11_MONITORS and so on.
    int extensions[CX11_EXTENSIONS];
    /// The type of the event that tells of something drawn, where CX11_DAMAGE is ready.
    int damage_event;
    /// Whether the server has the extension XWAYLAND.
    int has_xwayland;
    /// Without that extension, the names of the active monitors, each with a space behind it; empty where the server does
    /// not tell them (RandR 1.5).
    char monitors[256];
} cx11_connection;

/// XOpenDisplay, and the first question about each extension that is wanted. 1 for success, 0 also when the server goes away meanwhile.
/// `wanted` has the bit 1 << CX11_MONITORS and so on for each extension that is to be prepared.
///
/// A process can outlive a broken connection only on a display that is already open: inside XOpenDisplay Xlib calls
/// exit(). And an extension whose first question stays unanswered damages libXext's lists (1.3.4: XQueryExtension takes
/// whatever lies in memory for the answer). After this function neither can happen.
int cx11_open(const char *name, unsigned wanted, int wants_screen_saver, cx11_connection *connection);

/// XDestroyImage, a macro over a function pointer, which Swift does not import.
int cx11_destroy_image(XImage *image);

/// A part of the root window, in pixels.
typedef struct {
    Atom name;
    int x, y, width, height;
} cx11_monitor;

/// The active monitors: their number, with `*monitors` to be freed by the caller (free); -1 when the server gives no
/// answer or there is no memory. Only where CX11_MONITORS is ready.
int cx11_get_monitors(Display *display, Window root, cx11_monitor **monitors);

/// What the pointer looks like: pixels 0xAARRGGBB, each colour multiplied by its alpha, from the place of its upper left
/// corner on the root window; that place may be negative.
typedef struct {
    int x, y, width, height;
    uint32_t *pixels;
} cx11_pointer;

/// 1 for success: then `pixels` is to be freed by the caller (free). 0 when the server gives no answer or there is no
/// memory. Only where CX11_POINTER is ready.
int cx11_get_pointer(Display *display, cx11_pointer *pointer);

/// From now on an event tells when something is drawn in the window or a window inside it; the next comes only after
/// cx11_forget_damage. Returns what to give to that; it goes with the connection. Only where CX11_DAMAGE is ready.
XID cx11_watch_damage(Display *display, Window window);

/// What was drawn before this request is forgotten. What is read of the screen after it, shows that.
void cx11_forget_damage(Display *display, XID damage);

#endif
