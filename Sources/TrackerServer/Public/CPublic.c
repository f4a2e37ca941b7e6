// The web admin's files inside the program. Each stands here twice: a test says where one is missing.

#include "CPublic.h"

// C23 has it; clang has it in every C.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const uint8_t app_css[] = {
#embed "app.css"
};
static const uint8_t icon_svg[] = {
#embed "icon.svg"
};
static const uint8_t index_html[] = {
#embed "index.html"
};
static const uint8_t lib_api_js[] = {
#embed "lib/api.js"
};
static const uint8_t lib_captures_js[] = {
#embed "lib/captures.js"
};
static const uint8_t lib_format_js[] = {
#embed "lib/format.js"
};
static const uint8_t lib_gridlayout_js[] = {
#embed "lib/gridlayout.js"
};
static const uint8_t lib_h_js[] = {
#embed "lib/h.js"
};
static const uint8_t lib_office_js[] = {
#embed "lib/office.js"
};
static const uint8_t lib_slices_js[] = {
#embed "lib/slices.js"
};
static const uint8_t lib_view_js[] = {
#embed "lib/view.js"
};
static const uint8_t main_js[] = {
#embed "main.js"
};
static const uint8_t pages_activity_js[] = {
#embed "pages/activity.js"
};
static const uint8_t pages_client_js[] = {
#embed "pages/client.js"
};
static const uint8_t pages_dashboard_js[] = {
#embed "pages/dashboard.js"
};
static const uint8_t pages_hours_js[] = {
#embed "pages/hours.js"
};
static const uint8_t pages_live_js[] = {
#embed "pages/live.js"
};
static const uint8_t pages_me_js[] = {
#embed "pages/me.js"
};
static const uint8_t pages_reports_js[] = {
#embed "pages/reports.js"
};
static const uint8_t pages_screenshots_js[] = {
#embed "pages/screenshots.js"
};
static const uint8_t pages_setup_js[] = {
#embed "pages/setup.js"
};
static const uint8_t parts_account_js[] = {
#embed "parts/account.js"
};
static const uint8_t parts_capturefilters_js[] = {
#embed "parts/capturefilters.js"
};
static const uint8_t parts_copy_js[] = {
#embed "parts/copy.js"
};
static const uint8_t parts_corrections_js[] = {
#embed "parts/corrections.js"
};
static const uint8_t parts_day_js[] = {
#embed "parts/day.js"
};
static const uint8_t parts_deletion_js[] = {
#embed "parts/deletion.js"
};
static const uint8_t parts_dialog_js[] = {
#embed "parts/dialog.js"
};
static const uint8_t parts_gallery_js[] = {
#embed "parts/gallery.js"
};
static const uint8_t parts_hoursrow_js[] = {
#embed "parts/hoursrow.js"
};
static const uint8_t parts_interval_js[] = {
#embed "parts/interval.js"
};
static const uint8_t parts_keys_js[] = {
#embed "parts/keys.js"
};
static const uint8_t parts_made_js[] = {
#embed "parts/made.js"
};
static const uint8_t parts_people_js[] = {
#embed "parts/people.js"
};
static const uint8_t parts_picture_js[] = {
#embed "parts/picture.js"
};
static const uint8_t parts_qr_js[] = {
#embed "parts/qr.js"
};
static const uint8_t parts_range_js[] = {
#embed "parts/range.js"
};
static const uint8_t parts_report_js[] = {
#embed "parts/report.js"
};
static const uint8_t parts_screen_js[] = {
#embed "parts/screen.js"
};
static const uint8_t parts_secondfactor_js[] = {
#embed "parts/secondfactor.js"
};
static const uint8_t parts_secret_js[] = {
#embed "parts/secret.js"
};
static const uint8_t parts_signin_js[] = {
#embed "parts/signin.js"
};
static const uint8_t parts_signins_js[] = {
#embed "parts/signins.js"
};
static const uint8_t parts_stream_js[] = {
#embed "parts/stream.js"
};
static const uint8_t parts_timeline_js[] = {
#embed "parts/timeline.js"
};
static const uint8_t parts_workday_js[] = {
#embed "parts/workday.js"
};

#define FILE_AT(path, content) {path, content, sizeof content}

static const public_file_content files[] = {
    FILE_AT("app.css", app_css),
    FILE_AT("icon.svg", icon_svg),
    FILE_AT("index.html", index_html),
    FILE_AT("lib/api.js", lib_api_js),
    FILE_AT("lib/captures.js", lib_captures_js),
    FILE_AT("lib/format.js", lib_format_js),
    FILE_AT("lib/gridlayout.js", lib_gridlayout_js),
    FILE_AT("lib/h.js", lib_h_js),
    FILE_AT("lib/office.js", lib_office_js),
    FILE_AT("lib/slices.js", lib_slices_js),
    FILE_AT("lib/view.js", lib_view_js),
    FILE_AT("main.js", main_js),
    FILE_AT("pages/activity.js", pages_activity_js),
    FILE_AT("pages/client.js", pages_client_js),
    FILE_AT("pages/dashboard.js", pages_dashboard_js),
    FILE_AT("pages/hours.js", pages_hours_js),
    FILE_AT("pages/live.js", pages_live_js),
    FILE_AT("pages/me.js", pages_me_js),
    FILE_AT("pages/reports.js", pages_reports_js),
    FILE_AT("pages/screenshots.js", pages_screenshots_js),
    FILE_AT("pages/setup.js", pages_setup_js),
    FILE_AT("parts/account.js", parts_account_js),
    FILE_AT("parts/capturefilters.js", parts_capturefilters_js),
    FILE_AT("parts/copy.js", parts_copy_js),
    FILE_AT("parts/corrections.js", parts_corrections_js),
    FILE_AT("parts/day.js", parts_day_js),
    FILE_AT("parts/deletion.js", parts_deletion_js),
    FILE_AT("parts/dialog.js", parts_dialog_js),
    FILE_AT("parts/gallery.js", parts_gallery_js),
    FILE_AT("parts/hoursrow.js", parts_hoursrow_js),
    FILE_AT("parts/interval.js", parts_interval_js),
    FILE_AT("parts/keys.js", parts_keys_js),
    FILE_AT("parts/made.js", parts_made_js),
    FILE_AT("parts/people.js", parts_people_js),
    FILE_AT("parts/picture.js", parts_picture_js),
    FILE_AT("parts/qr.js", parts_qr_js),
    FILE_AT("parts/range.js", parts_range_js),
    FILE_AT("parts/report.js", parts_report_js),
    FILE_AT("parts/screen.js", parts_screen_js),
    FILE_AT("parts/secondfactor.js", parts_secondfactor_js),
    FILE_AT("parts/secret.js", parts_secret_js),
    FILE_AT("parts/signin.js", parts_signin_js),
    FILE_AT("parts/signins.js", parts_signins_js),
    FILE_AT("parts/stream.js", parts_stream_js),
    FILE_AT("parts/timeline.js", parts_timeline_js),
    FILE_AT("parts/workday.js", parts_workday_js),
};

size_t public_file_count(void) { return sizeof files / sizeof *files; }

public_file_content public_file(size_t index) { return files[index]; }
