"""Bills as WeChat Pay and Alipay publish their columns: no real file was at hand (未联调)."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

WECHAT_HEAD = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,"
    "应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,"
    "手续费,费率,订单金额,申请退款金额,费率备注"
)
WECHAT_SUMS = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
ALIPAY_HEAD = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,"
    "商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,"
    "卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注"
)
Movement = tuple[str, str, str, str, str, str]


def wechat(day: dt.date, *movements: Movement, sums: str = "", title: str = "山货, 两件") -> bytes:
    """Return a bill of (transaction, order, yuan, fee, refund number, own refund number) rows; refunds have numbers."""
    rows = []
    for transaction, order, yuan, fee, refund, own in movements:
        paid, back = ("0.00", yuan) if refund else (yuan, "0.00")
        state = "REFUND" if refund else "SUCCESS"
        cells = [
            *(f"{day} 10:00:00", "wx1", "190000", "0", "", transaction, order, "o-user", "JSAPI", state),
            *("OTHERS", "CNY", paid, "0.00", refund or "0", own or "0", back, "0.00"),
            *("ORIGINAL" if refund else "", "SUCCESS" if refund else "", title, "", fee, "0.60%"),
            *(paid, back, ""),
        ]
        rows.append(",".join(f"`{cell}" for cell in cells))
    totals = [
        Decimal(sum((Decimal(row[2]) for row in movements if bool(row[4]) is refunds), Decimal()))
        for refunds in (False, True)
    ]
    fees = sum((Decimal(row[3]) for row in movements), Decimal())
    last = f"`{len(movements)},`{totals[0]},`{totals[1]},`0.00,`{fees},`{totals[0]},`{totals[1]}"
    return "\r\n".join([WECHAT_HEAD, *rows, WECHAT_SUMS, sums or last, ""]).encode("utf-8-sig")


def alipay(day: dt.date, *rows: Sequence[str], sums: Sequence[str] = (), ended: bool = True) -> bytes:
    """Return a bill of (transaction, order, kind, yuan, fee, refund number) rows in GBK."""
    span = f"#起始日期：[{day:%Y年%m月%d日} 00:00:00]   终止日期：[{day + dt.timedelta(days=1):%Y年%m月%d日} 00:00:00]"
    lines = ["#支付宝业务明细查询", "#账号：[20880000000000000156]", span]
    lines += [
        "#-----------------------------------------业务明细列表----------------------------------------"
    ]
    lines += [ALIPAY_HEAD]
    for transaction, order, kind, yuan, fee, refund in rows:
        cells = [
            *(transaction, order, kind, "山货", f"{day} 09:59:00", f"{day} 10:00:00", "", "", "", ""),
            *("王**(138****0000)", yuan, yuan, "0.00", "0.00", "0.00", "0.00", "0.00", "", "0.00", "0.00"),
            *(refund, fee, "0.00", ""),
        ]
        lines.append(",".join(f"{cell}\t" for cell in cells))
    if ended:
        lines += [
            "#-----------------------------------------业务明细列表结束------------------------------------"
        ]
        lines += sums or [
            _sum(rows, "交易", "交易合计", "商家实收共"),
            _sum(rows, "退款", "退款合计", "商家实收退款共"),
        ]
        lines += [f"#导出时间：[{day + dt.timedelta(days=1):%Y年%m月%d日} 04:02:36]"]
    return ("\r\n".join(lines) + "\r\n").encode("gbk")


def _sum(rows: Sequence[Sequence[str]], kind: str, name: str, words: str) -> str:
    mine = [Decimal(row[3]) for row in rows if row[2] == kind]
    return f"#{name}：{len(mine)}笔，{words}{sum(mine, Decimal('0.00'))}元，商家优惠共0.00元"
