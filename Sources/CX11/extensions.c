#include "extensions.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>

// The declarations of these libraries that are needed here: their headers belong to packages that a build can do without.
// What a library of another version number would have, is not loaded.

/// libXrandr.so.2: the monitors of RandR 1.5, as XRRGetMonitors returns them.
typedef struct {
    Atom name;
    Bool is_primary, is_automatic;
    int outputs_count;
    int x, y, width, height;
    int millimetres_across, millimetres_down;
    XID *outputs;
} randr_monitor;

/// libXfixes.so.3: the beginning, which never changed, of what XFixesGetCursorImage returns. A pixel is a whole long.
typedef struct {
    short x, y;
    unsigned short width, height;
    unsigned short hot_x, hot_y;
    unsigned long serial;
    unsigned long *pixels;
} fixes_cursor;

static Bool (*query[CX11_EXTENSIONS])(Display *, int *, int *);
static Status (*query_version[CX11_EXTENSIONS])(Display *, int *, int *);
static randr_monitor *(*get_monitors)(Display *, Window, Bool, int *);
static void (*free_monitors)(randr_monitor *);
static fixes_cursor *(*get_cursor)(Display *);
static XID (*create_damage)(Display *, Drawable, int);
static void (*subtract_damage)(Display *, XID, XID, XID);

static pthread_mutex_t loading = PTHREAD_MUTEX_INITIALIZER;

/// A symbol as a function; POSIX grants what ISO C does not.
static int find(void *library, const char *symbol, void *function) {
    void *found = dlsym(library, symbol);
    *(void **)function = found;
    return found != NULL;
}

static int load_monitors(void) {
    void *library = dlopen("libXrandr.so.2", RTLD_NOW | RTLD_LOCAL);
    return library && find(library, "XRRQueryExtension", &query[CX11_MONITORS]) &&
           find(library, "XRRQueryVersion", &query_version[CX11_MONITORS]) &&
           find(library, "XRRFreeMonitors", &free_monitors) && find(library, "XRRGetMonitors", &get_monitors);
}

static int load_pointer(void) {
    void *library = dlopen("libXfixes.so.3", RTLD_NOW | RTLD_LOCAL);
    return library && find(library, "XFixesQueryExtension", &query[CX11_POINTER]) &&
           find(library, "XFixesQueryVersion", &query_version[CX11_POINTER]) &&
           find(library, "XFixesGetCursorImage", &get_cursor);
}

static int load_damage(void) {
    void *library = dlopen("libXdamage.so.1", RTLD_NOW | RTLD_LOCAL);
    return library && find(library, "XDamageQueryExtension", &query[CX11_DAMAGE]) &&
           find(library, "XDamageQueryVersion", &query_version[CX11_DAMAGE]) &&
           find(library, "XDamageCreate", &create_damage) && find(library, "XDamageSubtract", &subtract_damage);
}

static int load(int extension) {
    static int (*const loaders[CX11_EXTENSIONS])(void) = {load_monitors, load_pointer, load_damage};
    /// CX11_READY or CX11_NO_LIBRARY once it has been tried.
    static int tried[CX11_EXTENSIONS];
    pthread_mutex_lock(&loading);
    if (!tried[extension]) tried[extension] = loaders[extension]() ? CX11_READY : CX11_NO_LIBRARY;
    int result = tried[extension];
    pthread_mutex_unlock(&loading);
    return result;
}

int cx11_prepare(Display *display, int extension, int *event) {
    if (load(extension) != CX11_READY) return CX11_NO_LIBRARY;
    int error, major = 0, minor = 0;
    if (!query[extension](display, event, &error) || !query_version[extension](display, &major, &minor))
        return CX11_NO_EXTENSION;
    // Before RandR 1.5 there are no monitors.
    if (extension == CX11_MONITORS && (major < 1 || (major == 1 && minor < 5))) return CX11_NO_EXTENSION;
    return CX11_READY;
}

int cx11_get_monitors(Display *display, Window root, cx11_monitor **monitors) {
    int count = 0;
    randr_monitor *found = get_monitors(display, root, True, &count);
    // An answer without monitors may come with no memory.
    if (count < 0 || (!found && count > 0)) return -1;
    *monitors = malloc((size_t)(count + 1) * sizeof **monitors);
    for (int i = 0; *monitors && i < count; i++)
        (*monitors)[i] = (cx11_monitor){found[i].name, found[i].x, found[i].y, found[i].width, found[i].height};
    if (found) free_monitors(found);
    return *monitors ? count : -1;
}

int cx11_get_pointer(Display *display, cx11_pointer *pointer) {
    fixes_cursor *cursor = get_cursor(display);
    if (!cursor) return 0;
    size_t count = (size_t)cursor->width * cursor->height;
    pointer->x = cursor->x - cursor->hot_x;
    pointer->y = cursor->y - cursor->hot_y;
    pointer->width = cursor->width;
    pointer->height = cursor->height;
    pointer->pixels = malloc((count + 1) * sizeof *pointer->pixels);
    for (size_t i = 0; pointer->pixels && i < count; i++) pointer->pixels[i] = (uint32_t)cursor->pixels[i];
    XFree(cursor);
    return pointer->pixels != NULL;
}

XID cx11_watch_damage(Display *display, Window window) {
    // XDamageReportNonEmpty of the Damage protocol: one event until the damage is subtracted.
    return create_damage(display, window, 3);
}

void cx11_forget_damage(Display *display, XID damage) { subtract_damage(display, damage, None, None); }
