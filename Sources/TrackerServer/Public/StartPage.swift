/// The page at `/`: what this is, and where to go from here.
enum StartPage {
    /// Its styles are its own; it loads, sends and runs nothing, and stands in no other page.
    static let policy =
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    static let html = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Time Tracker</title>
        <style>
        :root { color-scheme: light dark; }
        body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 3rem auto; padding: 0 1rem; }
        pre { padding: 1rem; border: 1px solid; border-radius: .5rem; overflow-x: auto; }
        </style>
        </head>
        <body>
        <h1>Time Tracker</h1>
        <p>This server keeps work hours and screenshots. It is running.</p>
        <h2>For employees</h2>
        <p>Get the client <a href="/downloads/TrackerTUI" download>TrackerTUI</a>
        (<a href="/downloads/">size and checksum</a>), then:</p>
        <pre>chmod +x TrackerTUI
        ./TrackerTUI --backend-url <i>this address</i></pre>
        <h2>For managers</h2>
        <pre>curl -H 'Content-Type: application/json' \\
          -d '{"email": "<i>you</i>", "password": "<i>yours</i>"}' \\
          <i>this address</i>/api/auth/login
        curl -H 'Authorization: Bearer <i>the token</i>' \\
          <i>this address</i>/api/work/summary/today
        curl -H 'Authorization: Bearer <i>the token</i>' \\
          <i>this address</i>/api/activity/recent</pre>
        </body>
        </html>

        """
}
