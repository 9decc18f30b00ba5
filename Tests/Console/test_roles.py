"""An account that signs in as a role of the stream's owner, made by a person."""

import boto3
import headwater as hw
import pytest
from console import picture
from identity_gate import NOWHERE, ROLE, SERVER, Gate
from playwright.sync_api import expect


@pytest.fixture
def gate(tmp_path, processes):
    moto = hw.Moto(tmp_path)
    processes.append(moto)
    gate = Gate(moto.endpoint)
    processes.append(gate)
    keys = boto3.client(
        "sts", endpoint_url=moto.endpoint, region_name="us-east-1", aws_access_key_id="AKIAEXAMPLECUST00001",
        aws_secret_access_key="s",
    ).assume_role(RoleArn=ROLE, RoleSessionName="test")["Credentials"]
    kinesis = boto3.client(
        "kinesis", endpoint_url=moto.endpoint, region_name="us-east-1", aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"], aws_session_token=keys["SessionToken"],
    )
    hw.create_stream(kinesis, "theirs", 1)
    return gate


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_an_account_by_role(tmp_path, processes, gate, person, scripts):
    environment = {**NOWHERE, **SERVER, "AWS_ENDPOINT_URL_STS": gate.endpoint}
    server = hw.Headwater(
        tmp_path, "--allow-insecure-endpoints", "--aws-identity", "roles", environment=environment
    )
    processes.append(server)
    ana = person(server, scripts=scripts).set_up()
    ana.expected = {400}
    key, role = ana.page.locator("#accessKeyId"), ana.page.locator("#roleArn")
    trust = ana.page.locator("#trust")
    ana.open("/console/destinations").click("Set up")

    # Only the fields of the way that is chosen show.
    expect(key).to_be_visible()
    expect(role).to_be_hidden()
    assert ana.page.get_by_label("Sign in with").locator("option").all_inner_texts() == ["Access key", "IAM role"]
    ana.page.get_by_label("Sign in with").select_option("IAM role")
    expect(role).to_be_visible()
    for hidden in ("#accessKeyId", "#secretKey", "#sessionToken"):
        expect(ana.page.locator(hidden)).to_be_hidden()
    picture(ana.page, f"roles-{'scripts' if scripts else 'plain'}-form")

    # The role does not let the server in: what its owner has to write is there to be copied.
    gate.mayAssume = False
    ana.fill("Name of the account", "shop").fill("AWS role ARN", ROLE).fill("AWS region", "us-east-1")
    ana.fill("Endpoint URL", gate.endpoint).click("Check and continue")
    check = ana.page.get_by_label("Check", exact=True)
    expect(check).to_contain_text("failed Takes the credentials")
    expect(check).to_contain_text("AWS-403R")
    expect(role).to_be_visible()
    expect(trust).to_be_visible()
    expect(trust).to_contain_text('"sts:ExternalId": "headwater-')
    expect(trust).to_contain_text("arn:aws:")
    picture(ana.page, f"roles-{'scripts' if scripts else 'plain'}-refused")
    gate.mayAssume = True
    ana.click("Check and continue")
    expect(ana.page.locator("#stream")).to_be_visible()

    account = next(
        one for one in server.expect(200, "GET", f"{hw.FLOW_SERVICE}/connections")["items"] if one["name"] == "shop"
    )
    assert account["auth"] == {
        "specName": "Aws Kinesis assumed role",
        "params": {"roleArn": ROLE, "region": "us-east-1", "connectionUrl": gate.endpoint},
    }
    ana.open(f"/console/accounts/{account['id']}")
    expect(ana.page.locator("main")).to_contain_text(ROLE)
    ana.open(f"/console/accounts/{account['id']}/rotate")
    expect(ana.page.locator("#roleArn")).to_be_visible()
    assert ana.page.locator("#accessKeyId").count() == 0


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_it_looks_right(tmp_path, processes, gate, person, width, dark):
    environment = {**NOWHERE, **SERVER, "AWS_ENDPOINT_URL_STS": gate.endpoint}
    server = hw.Headwater(tmp_path, "--allow-insecure-endpoints", "--aws-identity", "all", environment=environment)
    processes.append(server)
    ana = person(server, width=width, dark=dark).set_up()
    ana.open("/console/destinations").click("Set up")
    ana.page.get_by_label("Sign in with").select_option("IAM role")
    ana.page.get_by_text("Trust policy of an IAM role").click()
    assert ana.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    picture(ana.page, f"roles-{width}-{'dark' if dark else 'light'}")
