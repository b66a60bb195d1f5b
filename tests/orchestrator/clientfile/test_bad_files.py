"""Every way in which a client file is wrong: the line, one sentence, and nothing written."""

from __future__ import annotations

import pytest

from connectors.models import Connection, Store
from orchestrator.models import RunLogEntry
from rules.models import Rule
from tests.orchestrator.clientfile.files import FULL, GORGIAS, KLAVIYO, RULE, STORE, problems

pytestmark = pytest.mark.django_db

NOT_YAML = [
    (b"", "None: The file is empty"),
    (b"# only a comment\n", "None: The file is empty"),
    (b"\xef\xbb\xbf", "None: The file is empty"),
    (b"store:\n  slug: \xff\n", "2: This line is not UTF-8 text; save the file as UTF-8."),
    ("store: é".encode("utf-16"), "1: This line is not UTF-8 text"),
    (b"store: {slug: a}\n\x00", "2: This line holds a control character"),
    (b"x" * 200_001, "None: The file is larger than 200,000 bytes"),
    (
        b"store: {slug: a\nrules: []\n",
        "2: This is not YAML: while parsing a flow mapping (which begins at line 1)",
    ),
    (b"store:\n\tslug: a\n", "2: This is not YAML: while scanning for the next token, found character '"),
    (b"store: {}\n---\nstore: {}\n", "2: This is not YAML: expected a single document"),
    (b'store: "\\UFFFFFFFF"', "1: This line holds an escape that is no character."),
    (b"[" * 5000, "1: The values are nested deeper than 30 levels."),
    (b"- " * 5000, "1: The values are nested deeper than 30 levels."),
    (b"- store: {slug: a}\n", "1: The file has to be names and values, not a list."),
    (b"hello\n", "1: The file has to be names and values, not a text."),
    (b"null\n", "1: The file has to be names and values, not nothing."),
]

WRONG = [
    # unknown, missing and doubled keys
    (STORE + "rule: []\n", "2: There is no key “rule” in the file; did you mean “rules”? Allowed: store,"),
    (
        "store: {slug: a, nam: A}\n",
        "1: There is no key “nam” in “store”; did you mean “name”? Allowed: slug, name",
    ),
    ("rules: []\n", "1: The file needs “store”."),
    ("store: {name: A, platform: shopify}\n", "1: “store” needs “slug”."),
    (STORE + "rules:\n  - {name: A}\n", "3: A rule needs “recipe”."),
    (STORE + "rules:\n  - {recipe: ticket_hold}\n", "3: A rule needs “name”."),
    (STORE + "connections:\n  - {token: a}\n", "3: A connection needs “vendor”."),
    (STORE + "rules: []\nrules: []\n", "3: “rules” stands here twice; the first is at line 2."),
    (STORE + GORGIAS + "    x: 1\n", "5: There is no key “x” in a connection. Allowed: vendor, credentials,"),
    (
        GORGIAS.replace("subdomain", "subdomian"),
        "3: There is no key “subdomian” in the credentials of gorgias;",
    ),
    ("? [a]\n: b\n", "1: A key has to be a plain word"),
    (
        "store:\n  slug: a\n  keep:\n    event: 3\n",
        "4: There is no key “event” in “keep”; did you mean “events”? Allowed: deliveries, events,",
    ),
    (STORE.replace("}", ", keep: 30}"), "1: “keep” has to be names and values, not a number."),
    (
        STORE.replace("}", ", keep: {events: -1}}"),
        "1: events: It has to be between 0 (for ever) and 36500 days",
    ),
    (STORE.replace("}", ", keep: {run_log: long}}"), "1: run_log: It has to be a whole number of days (0 is"),
    (STORE.replace("}", ", keep: {archive: yes}}"), "1: archive: Write true or false instead of yes."),
    ('store: {slug: a, "x\\0": 1}', "1: This key holds a character that cannot be stored."),
    # a new client
    (
        "store: {slug: a, platform: shopify}\n",
        "1: A new client needs “name”, and there is no client “a” yet.",
    ),
    ("store: {slug: a, name: A}\n", "1: A new client needs “platform”"),
    # values of the client
    (
        "store: {slug: a b, name: A, platform: shopify}\n",
        "1: slug: Use letters, digits, hyphens and underscores",
    ),
    (f"store: {{slug: {'a' * 61}}}\n", "1: slug: It has 61 characters; at most 60 are possible."),
    ('store: {slug: a, name: ""}\n', "1: name: It is empty; give it a value or leave the key out."),
    ("store: {slug: a, name: }\n", "1: name: It has no value; give it one or leave the key out."),
    (
        "store:\n  slug: a\n  name: 12\n",
        "3: name: YAML reads 12 as a number; if you mean the text, put it in",
    ),
    ("store: {slug: a, name: [A]}\n", "1: name: It has to be a text, not a list."),
    ('store: {slug: a, name: "A\\nB"}\n', "1: name: It has to be one line without control characters."),
    ('store: {slug: a, name: "A\\0B"}\n', "1: This value holds a character that cannot be stored"),
    ('store: {slug: a, name: "A\\ud800B"}\n', "1: This value holds a character that cannot be stored"),
    (
        STORE.replace("shopify", "shopfy"),
        "1: platform: There is no platform “shopfy”; did you mean “shopify”?",
    ),
    (STORE.replace("USD", "usd"), "1: currency: Write it in capital letters: USD."),
    (STORE.replace("USD", "ABC"), "1: currency: There is no currency “ABC”; use the three capital letters"),
    (
        STORE.replace("USD", "USD, country: NO"),
        "1: country: YAML reads NO as false; if you mean the text, put it",
    ),
    (
        STORE.replace("USD", "USD, country: UK"),
        "1: country: There is no country “UK”; use the two capital letters",
    ),
    (
        STORE.replace("USD", "USD, timezone: America/New_Yrok"),
        "1: timezone: There is no time zone “America/New_Yrok”; did you mean “America/New_York”?",
    ),
    (
        STORE.replace("USD", "USD, timezone: ../../etc/passwd"),
        "1: timezone: There is no time zone “../../etc/",
    ),
    # lists
    (STORE + "rules: {a: b}\n", "2: Needs a list (lines that begin with “-”), not names and values."),
    (STORE + "connections: true\n", "2: Needs a list (lines that begin with “-”), not true."),
    (STORE + "rules:\n  - Hold\n", "3: A rule has to be names and values, not a text."),
    # connections
    (
        STORE + "connections:\n  - vendor: klavio\n",
        "3: vendor: There is no vendor “klavio” in this version; did you",
    ),
    (STORE + "connections:\n  - vendor: shelf\n", "3: vendor: There is no vendor “shelf” in this version"),
    (
        STORE + GORGIAS + "    credentials2: 1\n",
        "5: There is no key “credentials2” in a connection; did you mean",
    ),
    (
        STORE + GORGIAS + "  - vendor: gorgias\n",
        "5: vendor: “gorgias” has a connection already; there is one for",
    ),
    (STORE + GORGIAS + "    poll_every: 4\n", "5: poll_every: It has to be between 5 and 604800 seconds."),
    (
        STORE + GORGIAS + "    poll_every: 1m\n",
        "5: poll_every: It has to be a whole number of seconds, not a text.",
    ),
    (
        STORE + GORGIAS + "    poll_every: yes\n",
        "5: poll_every: It has to be a whole number of seconds, not true.",
    ),
    (STORE + GORGIAS + "    token: a/b\n", "5: token: Use letters, digits, hyphens and underscores only."),
    (
        STORE + GORGIAS + "    token: a\n" + KLAVIYO + "    token: a\n",
        "8: token: “a” is used already; every connection needs a token of its own (line 5).",
    ),
    (STORE + GORGIAS + "    api_root: ftp://x\n", "5: api_root: This is not a plain web address"),
    (
        STORE + GORGIAS + "    api_root: https://evil.test\n",
        "5: api_root: The address evil.test is not one of this",
    ),
    (
        STORE + GORGIAS + "    api_root: http://127.0.0.1:9/x\n",
        "5: api_root: The address 127.0.0.1 is this machine",
    ),
    (
        STORE + GORGIAS + "    api_root: http://10.0.0.1/\n",
        "5: api_root: The address must begin with https://.",
    ),
    (STORE + "connections:\n  - vendor: klaviyo\n", "3: private_key: It is missing, and none is stored."),
    (
        STORE + "connections:\n  - vendor: klaviyo\n    credentials: pk_1\n",
        "4: The credentials of klaviyo has to be names and values, not a text.",
    ),
    (
        STORE + GORGIAS.replace("key-1", "12345"),
        "4: api_key: YAML reads it as a number, not as a text; put it in quotes.",
    ),
    (
        STORE + GORGIAS.replace("key-1", '""'),
        "4: api_key: It is empty; leave the key out to keep what is stored.",
    ),
    (
        STORE + GORGIAS.replace("key-1", "env:NR_KEY"),
        "4: api_key: The environment variable NR_KEY is not set",
    ),
    (
        STORE + GORGIAS.replace("key-1", '"env:"'),
        "4: api_key: “env:” needs the name of an environment variable",
    ),
    (
        STORE + GORGIAS.replace("key-1", '"a\\nb"'),
        "4: api_key: It holds line breaks or other control characters",
    ),
    (STORE + GORGIAS.replace("ops@agency.test", "ops"), "4: email: Enter a valid email address."),
    # rules
    (
        STORE + RULE.replace("ticket_hold", "ticket_hld"),
        "3: recipe: There is no recipe “ticket_hld”; did you mean",
    ),
    (
        STORE + RULE.replace("live", "off"),
        "3: mode: There is no mode “off”. Allowed: draft, shadow, live, paused.",
    ),
    (
        STORE + RULE.replace("live", "active"),
        "3: mode: There is no mode “active”; did you mean “live”?",
    ),
    (
        STORE + RULE + RULE.splitlines()[1] + "\n",
        "4: name: “Hold” is the name of another rule already (line 3).",
    ),
    (STORE + RULE.replace("{grace_minutes: 5}", "[]"), "3: params: Needs names and values, not a list."),
    (
        STORE + RULE.replace("grace_minutes", "grace"),
        "3: params.grace: There is no parameter “grace”. Allowed:",
    ),
    (
        STORE + "rules:\n- recipe: ticket_hold\n  name: A\n  params:\n    tags: []\n    grace_minutes: -1\n",
        "7: params.grace_minutes: Ensure this value is greater than or equal to 0.",
    ),
    (
        STORE + "rules:\n  - recipe: ticket_hold\n    name: A\n    params:\n      tags:\n        - no\n",
        '7: YAML reads no as false; if you mean the text, put it in quotes: "no".',
    ),
    (
        STORE + "rules:\n  - {recipe: custom, name: A, params: {when: ticket.opned, then: []}}\n",
        "3: params.when: ",
    ),
    # what YAML offers and we do not take
    (
        STORE + "rules: &a []\nconnections: *a\n",
        "3: References (*name) are not supported; write the value out.",
    ),
    (STORE + "<<: {rules: []}\n", "2: There is no key “<<” in the file."),
    (
        "store: !!python/object/apply:os.system [ls]\n",
        "1: The tag tag:yaml.org,2002:python/object/apply:os.system is",
    ),
    ("store: {slug: !secret a}\n", "1: The tag !secret is not supported; leave it out."),
]


@pytest.mark.parametrize(("data", "expected"), NOT_YAML)
def test_what_is_no_client_file_at_all_is_one_sentence(data: bytes, expected: str):
    (found,) = problems(data)

    assert found.startswith(expected)


@pytest.mark.parametrize(("text", "expected"), WRONG)
def test_a_fault_is_told_with_its_line_and_nothing_is_written(text: str, expected: str):
    found = problems(text)

    assert any(each.startswith(expected) for each in found), found
    assert all("\n" not in each for each in found)
    assert not any(model.objects.exists() for model in (Store, Connection, Rule, RunLogEntry))


def test_all_faults_are_told_at_once_in_the_order_of_the_file():
    text = FULL.replace("USD", "usd").replace("api_key: key-1", "api_key: env:A").replace("live", "on")

    assert [each.partition(":")[0] for each in problems(text)] == ["1", "4", "8"]


def test_a_misspelt_credential_is_not_also_called_missing_under_its_wrong_value():
    found = problems(STORE + GORGIAS.replace("key-1", "[a]"))

    assert found == ["4: api_key: It has to be a text, not a list."]


def test_no_sentence_repeats_a_secret():
    values = ['"a\\nb-hush"', "[hush]", "0x4855", '"hush hush"', f'"{"hush" * 200}"']

    found = [each for value in values for each in problems(STORE + GORGIAS.replace("key-1", value))]

    assert len(found) == len(values)
    assert not any("hush" in each or "4855" in each for each in found)
