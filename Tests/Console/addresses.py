"""Where every page of the console is: the table of permissions, with an address for each of its pages."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES = ROOT / "Sources" / "ActivationServer" / "Console" / "Routing" / "ConsoleAccess.swift"

# By rule: addresses, in which the names of what they show stand in braces.
PAGES = {
    "": [""],
    "**": ["nowhere"],
    "sign-in": ["sign-in"],
    "setup": ["setup"],
    "link/:code": ["link/none"],
    "search": ["search"],
    "me": ["me"],
    "destinations": ["destinations"],
    "connect/:draft/account": ["connect/{draft}/account"],
    "connect/:draft/details": ["connect/{draft}/details"],
    "connect/:draft/governance": ["connect/{draft}/governance"],
    "connect/:draft/alerts": ["connect/{draft}/alerts"],
    "connect/:draft/cancel": ["connect/{draft}/cancel"],
    "dataflows": [
        "dataflows",
        "dataflows?name=flow+7",
        "dataflows?problems=true",
        "dataflows?state=Disabled",
        "dataflows?account={account}",
        "{next_dataflows}",
    ],
    "dataflows/:id": ["dataflows/{flow}", "dataflows/{stopped}", "dataflows/{wide}"],
    "dataflows/:id/mapping": ["dataflows/{flow}/mapping", "dataflows/{wide}/mapping"],
    "dataflows/:id/mapping/paths": ["dataflows/{flow}/mapping/paths?q=name"],
    "dataflows/:id/backfills": ["dataflows/{flow}/backfills"],
    "dataflows/:id/backfills/new": ["dataflows/{flow}/backfills/new"],
    "dataflows/:id/backfills/:backfill/cancel": ["dataflows/{flow}/backfills/{backfill}/cancel"],
    "dataflows/:id/runs": ["dataflows/{flow}/runs"],
    "dataflows/:id/runs/:hour": ["dataflows/{flow}/runs/{hour}"],
    "dataflows/:id/messages": ["dataflows/{flow}/messages", "dataflows/{wide}/messages"],
    "dataflows/:id/messages/schema.json": ["dataflows/{flow}/messages/schema.json"],
    "dataflows/:id/messages/schemas": ["dataflows/{flow}/messages/schemas", "dataflows/{wide}/messages/schemas"],
    "dataflows/:id/messages/schemas/:number": ["dataflows/{flow}/messages/schemas/1"],
    "dataflows/:id/messages/samples.json": ["dataflows/{flow}/messages/samples.json"],
    "dataflows/:id/dry-run": ["dataflows/{flow}/dry-run"],
    "dataflows/:id/tests": ["dataflows/{flow}/tests"],
    "live/dataflows/:id/figures": ["live/dataflows/{flow}/figures?seen=x"],
    "dataflows/:id/settings": ["dataflows/{flow}/settings"],
    "dataflows/:id/when": ["dataflows/{flow}/when", "dataflows/{wide}/when"],
    "dataflows/:id/governance": ["dataflows/{flow}/governance"],
    "dataflows/:id/alerts": ["dataflows/{flow}/alerts"],
    "dataflows/:id/parked": ["dataflows/{flow}/parked", "dataflows/{stopped}/parked"],
    "dataflows/parked": ["dataflows/parked"],
    "dataflows/:id/parked/replay": ["dataflows/{flow}/parked/replay"],
    "dataflows/:id/parked/discard": ["dataflows/{flow}/parked/discard"],
    "dataflows/:id/history": ["dataflows/{flow}/history"],
    "dataflows/:id/tail": ["dataflows/{flow}/tail"],
    "live/dataflows/:id/tail": ["live/dataflows/{flow}/tail"],
    "monitoring": [
        "monitoring",
        "monitoring?range=1h",
        "monitoring?range=7d&problems=true",
        "monitoring?range=30d",
    ],
    "accounts": ["accounts"],
    "accounts/:id": ["accounts/{account}"],
    "accounts/:id/rotate": ["accounts/{account}/rotate"],
    "accounts/:id/history": ["accounts/{account}/history"],
    "accounts/:id/delete": ["accounts/{account}/delete"],
    "audiences": [
        "audiences",
        "audiences?name=audience+12",
        "audiences?unused=true",
        "audiences?policy={policy}",
        "audiences?state=published&tag=spring",
        "audiences?origin=external",
        "{next_audiences}",
    ],
    "audiences/new": ["audiences/new"],
    "audiences/words": ["audiences/words?q=name"],
    "audiences/upload": ["audiences/upload", "audiences/upload?audience={external}"],
    "audiences/upload/:upload/file": ["audiences/upload/{begun}/file"],
    "audiences/upload/:upload/columns": ["audiences/upload/{whole}/columns"],
    "audiences/upload/:upload/details": ["audiences/upload/{whole}/details"],
    "audiences/upload/:upload/progress": ["audiences/upload/{upload}/progress"],
    "audiences/upload/:upload/refused.csv": ["audiences/upload/{upload}/refused.csv"],
    "audiences/upload/:upload/discard": ["audiences/upload/{whole}/discard"],
    "live/uploads/:upload/figures": ["live/uploads/{upload}/figures?seen=x"],
    "audiences/:id": [
        "audiences/{external}",
        "audiences/{audience}",
        "audiences/{popular}",
        "audiences/{audience}?range=30d",
    ],
    "audiences/:id/history": ["audiences/{audience}/history"],
    "audiences/:id/edit": ["audiences/{audience}/edit", "audiences/{external}/edit"],
    "audiences/:id/empty": ["audiences/{external}/empty"],
    "audiences/:id/delete": ["audiences/{popular}/delete"],
    "audiences/:id/deactivate": ["audiences/{popular}/deactivate", "audiences/{audience}/deactivate"],
    "profiles": ["profiles"],
    "profiles/:profile": ["profiles/{person}", "profiles/{person}?audience=audience+1"],
    "profiles/:profile/attributes": ["profiles/{person}/attributes"],
    "profiles/:profile/events": ["profiles/{person}/events"],
    "profiles/:profile/sent": ["profiles/{person}/sent?range=all"],
    "profiles/:profile/decisions": ["profiles/{person}/decisions", "profiles/{person}/decisions?dataflow=nothing"],
    "profiles/:profile/audiences/:audience": ["profiles/{person}/audiences/{audience}"],
    "profiles/:profile/reveal": ["profiles/{person}/reveal"],
    "merge-policies": ["merge-policies"],
    "merge-policies/new": ["merge-policies/new"],
    "merge-policies/:id": ["merge-policies/{policy}"],
    "merge-policies/:id/delete": ["merge-policies/{policy}/delete"],
    "namespaces": ["namespaces"],
    "namespaces/new": ["namespaces/new"],
    "namespaces/:id/settings": ["namespaces/Email/settings"],
    "datasets": ["datasets"],
    "datasets/:id": ["datasets/{dataset}"],
    "alerts": ["alerts"],
    "alerts/now/:alert/acknowledge": ["alerts/now/{alert}/acknowledge"],
    "alerts/now/:alert/snooze": ["alerts/now/{alert}/snooze"],
    "alerts/history": ["alerts/history", "alerts/history?flow={flow}"],
    "alerts/deliveries": ["alerts/deliveries", "alerts/deliveries?channel={channel}"],
    "alerts/rules": ["alerts/rules"],
    "alerts/rules/new": ["alerts/rules/new"],
    "alerts/rules/:id": ["alerts/rules/{rule}"],
    "alerts/rules/:id/delete": ["alerts/rules/{rule}/delete"],
    "alerts/channels": ["alerts/channels"],
    "alerts/channels/new": ["alerts/channels/new"],
    "alerts/channels/new/:type": [
        "alerts/channels/new/webhook",
        "alerts/channels/new/slack",
        "alerts/channels/new/email",
    ],
    "alerts/channels/:id": ["alerts/channels/{channel}"],
    "alerts/channels/:id/test": ["alerts/channels/{channel}/test"],
    "alerts/channels/:id/delete": ["alerts/channels/{channel}/delete"],
    "access/users": ["access/users"],
    "access/users/new": ["access/users/new"],
    "access/users/:id": ["access/users/{user}"],
    "access/users/:id/delete": ["access/users/{user}/delete"],
    "access/roles": ["access/roles"],
    "access/roles/new": ["access/roles/new"],
    "access/roles/:id": ["access/roles/{role}", "access/roles/marketer"],
    "access/roles/:id/delete": ["access/roles/{role}/delete"],
    "access/credentials": ["access/credentials"],
    "access/credentials/new": ["access/credentials/new"],
    "access/credentials/:id": ["access/credentials/{client}"],
    "access/credentials/:id/secret": ["access/credentials/{client}/secret"],
    "access/credentials/:id/secrets/:secret/delete": ["access/credentials/{client}/secrets/{secret}/delete"],
    "access/credentials/:id/revoke": ["access/credentials/{client}/revoke"],
    "about": ["about"],
}
# What only changes something.
CHANGES = {
    "sign-out",
    "me/sign-out",
    "connect",
    "dataflows/:id/backfills/:backfill",
    "dataflows/:id/enable",
    "dataflows/:id/disable",
    "profiles/:profile/hide",
    "audiences/bulk",
    "audiences/:id/publish",
    "audiences/:id/copy",
    "audiences/:id/refresh",
    "audiences/upload/begin",
    "audiences/upload/:upload/content",
}
# What answers data, not a page.
DATA = {
    "dataflows/:id/mapping/paths",
    "dataflows/:id/messages/schema.json",
    "dataflows/:id/messages/schemas/:number",
    "dataflows/:id/messages/samples.json",
    "live/dataflows/:id/figures",
    "live/dataflows/:id/tail",
    "audiences/words",
    "audiences/upload/:upload/refused.csv",
    "live/uploads/:upload/figures",
}


def rules():
    """The kinds and paths of the table of permissions."""
    found = re.findall(r'Rule\(\s*\.(page|form|action|sending),\s*(?:"([^"]*)"|(anywhere))', RULES.read_text())
    lines = re.findall(r"Rule\(\s*\.", RULES.read_text())
    assert len(found) == len(lines), "the table of permissions is written otherwise now"
    return [(kind, "**" if anywhere else path) for kind, path, anywhere in found]


def check(posted):
    """Fails when a page has no address, or an action is neither among the changes nor among what is posted."""
    posted = CHANGES | set(posted)
    for kind, path in rules():
        known = path in posted if kind in ("action", "sending") else path in PAGES
        assert known, f"nothing is known of {kind} {path!r}; give it an address in {pathlib.Path(__file__).name}"
    unknown = set(PAGES) - {path for kind, path in rules() if kind not in ("action", "sending")}
    assert not unknown, f"no page any more: {unknown}"
