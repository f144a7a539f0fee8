"""What each verb of the log means, as one sentence. %(who)s did it; %(what)s is what it was done to."""

from django.utils.translation import gettext_lazy as _

VERBS = {
    # log-in and rights
    "login.ok": _("%(who)s登录了"),
    "login.failed": _("有人用%(what)s的登录名试登录，密码不对"),
    "login.unknown": _("有人试登录，登录名不存在"),
    "login.inactive": _("%(what)s已停用，试登录没让进"),
    "login.out": _("%(who)s退出了"),
    "two_factor.on": _("%(who)s打开了两步验证"),
    "two_factor.off": _("%(who)s关掉了两步验证"),
    "two_factor.codes": _("%(who)s换了一套备用码"),
    "two_factor.failed": _("有人用%(what)s的登录名试登录，动态码不对"),
    "door.denied": _("%(who)s打开了不归自己岗位的页面，没让进"),
    "audit.verify": _("%(who)s核对了操作记录"),
    # people, units, company
    "user.create": _("%(who)s加了%(what)s"),
    "user.edit": _("%(who)s改了%(what)s的资料"),
    "user.deactivate": _("%(who)s停用了%(what)s"),
    "user.reactivate": _("%(who)s恢复了%(what)s"),
    "user.password_change": _("%(who)s改了自己的密码"),
    "user.password_reset": _("%(who)s给%(what)s重设了密码"),
    "user.two_factor_remove": _("%(who)s替%(what)s关掉了两步验证"),
    "user.preference": _("%(who)s改了自己的显示习惯"),
    "unit.create": _("%(who)s加了单位%(what)s"),
    "unit.edit": _("%(who)s改了单位%(what)s"),
    "company.edit": _("%(who)s改了公司资料"),
    # cards
    "customer.create": _("%(who)s给%(what)s建了卡"),
    "customer.edit": _("%(who)s改了%(what)s的卡"),
    "customer.confirm": _("%(who)s确认了%(what)s的资料没变"),
    "customer.next_contact": _("%(who)s给%(what)s定了下次联系"),
    "customer.transfer": _("%(who)s转交了客户"),
    "customer.transfer_undo": _("%(who)s撤销了转交"),
    "event.record": _("%(who)s给%(what)s记了一件事"),
    "leave.override": _("%(who)s改了%(what)s的流失概率"),
    "leave.override_withdraw": _("%(who)s撤回了对%(what)s的流失判断"),
    "leave.override_restore": _("%(who)s恢复了对%(what)s的流失判断"),
    "card.check_out": _("%(who)s借出了%(what)s的卡"),
    "card.give_back": _("%(who)s还了%(what)s的卡"),
    "search.many_numbers": _("%(who)s一小时里按号码找得太多，停了"),
    "card.numbers_read": _("%(who)s看了%(what)s的全号"),
    # dealings
    "deal.enter": _("%(who)s给%(what)s记了一笔成交"),
    "deal.take_back": _("%(who)s撤销了%(what)s的一笔成交"),
    "contract.enter": _("%(who)s给%(what)s记了一份合约"),
    "asset.enter": _("%(who)s给%(what)s登记了一件东西"),
    "interaction.record": _("%(who)s记了一次和%(what)s的联系"),
    "interaction.undo": _("%(who)s撤销了一次和%(what)s的联系"),
    # lists, work, figures
    "view.save": _("%(who)s存了一个视图"),
    "view.drop": _("%(who)s删了一个视图"),
    "today.plan": _("%(who)s排好了今天的事"),
    "today.outcome": _("%(who)s记了%(what)s这件事的结果"),
    "today.undo": _("%(who)s撤销了%(what)s这件事的结果"),
    "today.reassign": _("%(who)s把%(what)s这件事交给了别人"),
    "effect.keep": _("%(who)s记下了一次实测的%(what)s"),
    "effect.withdraw": _("%(who)s撤回了一次实测的%(what)s"),
    "import.load": _("%(who)s导入了一个文件"),
    "import.undo": _("%(who)s撤销了一次导入"),
    "insight.run": _("%(who)s重新算了一遍洞察"),
    "backtest.ask": _("%(who)s要了一次回测"),
    "demo.make": _("%(who)s做好了演示数据"),
}

# Who may not read customers reads only what was done to people, units, log-ins and to the log itself.
WITHOUT_CUSTOMERS = ("login.", "two_factor.", "door.", "audit.", "user.", "unit.", "company.")

# What a detail is called; one that is not here is left out of the page (it is in the log).
DETAILS = {
    "kind": _("类别"),
    "purpose": _("用途"),
    "until": _("应还"),
    "fields": _("改了"),
    "username": _("登录名"),
    "role": _("岗位"),
    "name": _("名称"),
    "to": _("转给"),
    "old": _("原来"),
    "new": _("现在"),
    "on": _("日期"),
    "as_of": _("截至"),
    "days": _("往后看几天"),
    "customers": _("客户数"),
    "cents": _("金额"),
    "pack": _("行业包"),
    "file": _("文件"),
    "dataset": _("内容"),
    "rows": _("行数"),
    "created": _("新建"),
    "updated": _("更新"),
    "refused": _("没收"),
    "deleted": _("删去"),
    "restored": _("恢复"),
    "kept": _("留下"),
    "outcome": _("结果"),
    "share": _("概率"),
    "expires": _("有效至"),
    "playbook": _("打法"),
    "treated": _("联系了"),
    "returned": _("其中回来"),
    "alone": _("没联系"),
    "returned_alone": _("其中自己回来"),
    "path": _("页面"),
    "upto": _("核对到"),
    "fault": _("断在"),
    "why": _("原因"),
    "unit": _("单位"),
    "scope": _("范围"),
    "parent": _("上级"),
}

# The same in a word or two, as a detail.
WHY = {"changed": _("被改过"), "missing": _("不见了"), "broken": _("接不上前一条")}

# Why the chain does not hold at an entry (audit.actions.ChainFault).
FAULTS = {
    "changed": _("第 %(seq)s 条被改过。"),
    "missing": _("第 %(seq)s 条不见了。"),
    "broken": _("第 %(seq)s 条接不上前一条。"),
}
