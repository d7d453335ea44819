"""The page on which a buyer pays: plain, so that a person and a browser can click it."""

from html import escape

from tests.stripe_peer.books import Books

PAGE = """<!doctype html><html lang="zh"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,"><title>Stripe 替身</title>
<style>body{{font:16px sans-serif;max-width:24rem;margin:2rem auto;padding:0 1rem}}
button{{display:block;width:100%;padding:.8rem;margin:.5rem 0}}</style>
<h1>Stripe 替身（不是 Stripe）</h1>
{body}</html>"""
CHOICES = (
    ("pay", "支付"),
    ("pay_and_leave", "支付后关闭页面（浏览器不返回）"),
    ("decline", "银行卡被拒"),
    ("cancel", "取消并返回商店"),
)


def hosted(books: Books, method: str, session_id: str, text: str) -> tuple[int, dict[str, str], str]:
    """Return status, headers and body of the page, or do what its visitor chose."""
    session = books.tables["sessions"].get(session_id)
    if session is None:
        return 404, {}, PAGE.format(body="<p>没有这笔付款。</p>")
    if method == "POST" and session["status"] == "open":
        return _choose(books, session_id, text.removeprefix("choice="))
    return 200, {}, _form(books, session_id)


def _form(books: Books, session_id: str, note: str = "") -> str:
    session = books.tables["sessions"][session_id]
    body = f"<p>订单 {escape(session['client_reference_id'] or '')}</p>"
    body += f"<p><b>¥{session['amount_total'] / 100:.2f}</b></p>"
    body += f'<p role="alert">{escape(note)}</p>' if note else ""
    if session["status"] != "open":
        return PAGE.format(body=body + f"<p>这笔付款已经结束：{session['status']}</p>")
    buttons = "".join(f'<button name="choice" value="{value}">{label}</button>' for value, label in CHOICES)
    return PAGE.format(body=body + f'<form method="post" action="/c/pay/{session_id}">{buttons}</form>')


def _choose(books: Books, session_id: str, choice: str) -> tuple[int, dict[str, str], str]:
    session = books.tables["sessions"][session_id]
    if choice == "decline":
        books.decline(session_id)
        return 200, {}, _form(books, session_id, "银行卡被拒绝，请换一张卡。")
    if choice == "cancel":
        return 303, {"Location": session["cancel_url"] or session["success_url"]}, ""
    books.pay(session_id)
    if choice == "pay_and_leave":
        return 200, {}, PAGE.format(body="<p>已支付，可以关闭本页。</p>")
    return 303, {"Location": session["success_url"]}, ""
