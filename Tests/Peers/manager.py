"""A manager at the web admin in Chromium, who does what README.md's commands say."""

import base64
import hmac
import json
import struct
import sys
import time

from playwright.sync_api import expect, sync_playwright


class Manager:
    """Each method is a command of its name; what it returns is answered."""

    def __init__(self, page):
        self.page = page

    def sign_in(self, url, email, password):
        self.url = url
        self.page.goto(url)
        self.type_credentials(email, password)
        self.page.get_by_role("button", name="Sign out").first.wait_for()

    def type_credentials(self, email, password):
        self.page.get_by_label("Email").last.fill(email)
        self.page.get_by_label("Password").last.fill(password)
        self.page.keyboard.press("Enter")

    def open(self, path):
        self.page.goto(self.url + path)
        self.page.locator("main h1").wait_for()

    def see(self, text):
        """Waits until it can be read on the page as it stands."""
        self.page.locator("body").get_by_text(text, exact=False).first.wait_for()

    def miss(self, text):
        expect(self.page.locator("body").get_by_text(text, exact=False)).to_have_count(0, timeout=20_000)

    def choose_interval(self, label):
        self.page.locator(".interval select").first.select_option(label=label)

    def watch(self, name):
        """Starts to watch, and answers the colour in the middle of the first picture."""
        self.page.get_by_role("button", name=name).first.click()
        image = self.page.locator("img.live")
        image.wait_for()
        return image.evaluate("""(image) => image.decode().then(() => {
            const canvas = document.createElement("canvas");
            [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
            const context = canvas.getContext("2d");
            context.drawImage(image, 0, 0);
            return [...context.getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data.slice(0, 3)];
        })""")

    def stop_watching(self):
        self.page.get_by_role("button", name="Stop", exact=True).click()

    def pictures(self, count):
        """Waits until so many captures stand on the page."""
        expect(self.page.locator("main .picture img")).to_have_count(count, timeout=20_000)

    def begin_employee(self, email, name):
        """Types an employee's name, and does not send it yet."""
        self.page.get_by_role("button", name="Add an employee").click()
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_label("Email").fill(email)
        dialog.get_by_label("Name").fill(name)

    def send_employee(self):
        self.page.get_by_role("button", name="Add", exact=True).click()

    def temporary_password(self):
        text = self.page.locator("code.secret").inner_text()
        self.page.get_by_role("button", name="Done").click()
        return text

    def sign_out(self):
        self.page.get_by_role("button", name="Sign out", exact=True).first.click()
        self.page.get_by_label("Email").wait_for()

    def type_code(self, code):
        self.page.locator("[name=code]").fill(code)
        self.page.keyboard.press("Enter")

    def make_key(self, name):
        """Answers its secret."""
        self.page.get_by_role("button", name="Make a key").click()
        self.page.get_by_role("dialog").get_by_label("Name").fill(name)
        self.page.get_by_role("button", name="Make", exact=True).click()
        return self.secrets()

    def set_up_factor(self):
        """Sets up an authenticator app, and answers the recovery codes."""
        self.page.get_by_role("button", name="Set up an authenticator app").click()
        return self.confirm_factor()

    def confirm_factor(self):
        self.page.get_by_role("img", name="QR code").wait_for()
        self.type_code(one_time_code(self.page.locator("code.secret").inner_text().replace(" ", "")))
        self.page.get_by_text("Each signs you in once").wait_for()
        return self.secrets()

    def end_other_sign_in(self):
        self.page.get_by_role("button", name="End: ").first.click()
        self.page.get_by_role("button", name="End", exact=True).last.click()
        self.page.get_by_text("Ended.").wait_for()

    def secrets(self):
        """What is shown only now."""
        shown = self.page.locator("dialog").filter(has_text="shown only now").last
        shown.wait_for()
        texts = shown.locator("code.secret").all_inner_texts()
        shown.get_by_role("button", name="Done").click()
        return texts


def one_time_code(secret):
    """RFC 6238."""
    mac = hmac.digest(base64.b32decode(secret), struct.pack(">Q", int(time.time()) // 30), "sha1")
    return f"{(struct.unpack('>I', mac[mac[-1] & 15:][:4])[0] & 0x7fffffff) % 1000000:06}"


def report(event):
    print(json.dumps(event), flush=True)


def main():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: report({"event": "failed", "message": str(error)}))
        manager = Manager(page)
        report({"event": "ready"})
        for line in sys.stdin:
            command = json.loads(line)
            name = command.pop("do")
            try:
                report({"event": "done", "value": getattr(manager, name)(**command)})
            except Exception as error:
                report({"event": "failed", "message": f"{name}: {error}"})
        browser.close()


main()
