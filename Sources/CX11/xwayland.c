#include "xwayland.h"

#include <X11/Xlibint.h>
#include <X11/extensions/randrproto.h>
#include <stdlib.h>

// The requests are made here, because libXrandr would have to be loaded for them, which takes longer than all of them.

/// The names of the active monitors as one text, each with a space behind it, cut where the room ends. `dpy` is what Xlib's
/// macros call the display.
static void get_monitor_names(Display *dpy, int opcode, char *names, size_t room) {
    xRRGetMonitorsReply reply;
    xRRGetMonitorsReq *request;
    Atom *atoms = NULL;
    int count = 0;

    LockDisplay(dpy);
    GetReq(RRGetMonitors, request);
    request->reqType = (CARD8)opcode;
    request->randrReqType = X_RRGetMonitors;
    request->window = (CARD32)DefaultRootWindow(dpy);
    request->get_active = xTrue;
    // Servers before RandR 1.5 answer with an error.
    if (_XReply(dpy, (xReply *)&reply, 0, xFalse)) {
        if (reply.nmonitors < 256) atoms = malloc((reply.nmonitors + 1) * sizeof *atoms);
        if (atoms) {
            unsigned long left = (unsigned long)reply.length << 2;
            while ((CARD32)count < reply.nmonitors && left >= SIZEOF(xRRMonitorInfo)) {
                xRRMonitorInfo monitor;
                _XRead(dpy, (char *)&monitor, SIZEOF(xRRMonitorInfo));
                left -= SIZEOF(xRRMonitorInfo);
                unsigned long outputs = (unsigned long)monitor.noutput * 4;
                if (outputs > left) break;
                _XEatData(dpy, outputs);
                left -= outputs;
                atoms[count++] = monitor.name;
            }
            _XEatData(dpy, left);
        } else {
            _XEatDataWords(dpy, reply.length);
        }
    }
    UnlockDisplay(dpy);
    SyncHandle();

    size_t used = 0;
    for (int i = 0; i < count && used < room; i++) {
        char *name = XGetAtomName(dpy, atoms[i]);
        if (!name) continue;
        for (char *byte = name; *byte && used < room; byte++) names[used++] = *byte;
        if (used < room) names[used++] = ' ';
        XFree(name);
    }
    names[used < room ? used : room - 1] = 0;
    free(atoms);
}

void cx11_look_for_xwayland(Display *display, cx11_connection *connection) {
    int opcode, event, error;
    // From Xwayland 23.1 on; the ones before it are known by what their monitors are called.
    connection->has_xwayland = XQueryExtension(display, "XWAYLAND", &opcode, &event, &error);
    connection->monitors[0] = 0;
    if (!connection->has_xwayland && XQueryExtension(display, RANDR_NAME, &opcode, &event, &error))
        get_monitor_names(display, opcode, connection->monitors, sizeof connection->monitors);
}
