"""What does not fit the schema of an outside operation is told in Japanese, by field, without the value given."""

from __future__ import annotations

from typing import Any

import pytest
from marshmallow import Schema, ValidationError, fields, validate

from engine import schema_faults


class Vehicle(Schema):
    plate = fields.String(required=True)
    load = fields.Integer(validate=validate.Range(min=1, max=9))


class Question(Schema):
    day = fields.Date()
    at = fields.DateTime()
    fee = fields.Decimal()
    purpose = fields.String(validate=validate.OneOf(["review", "check"]))
    owner = fields.String(validate=validate.Length(min=3, max=20))
    mark = fields.String(validate=validate.Length(min=3))
    note = fields.String(validate=validate.Length(max=3))
    least = fields.Integer(validate=validate.Range(min=-1))
    most = fields.Float(validate=validate.Range(max=1.5))
    sign = fields.String(validate=validate.Length(equal=2))
    sure = fields.Boolean()
    vehicle = fields.Nested(Vehicle)
    vehicles = fields.List(fields.Nested(Vehicle))
    number = fields.String(validate=validate.Regexp("[0-9]{13}"))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"day": "7日"}, "「day」：日付ではありません。"),
        ({"day": None}, "「day」：空にはできません。"),
        ({"at": "9時"}, "「at」：日時ではありません。"),
        ({"fee": "千円"}, "「fee」：数ではありません。"),
        ({"purpose": "x"}, "「purpose」：ここに書けない値です（review、check のどれか）。"),
        ({"owner": "甲"}, "「owner」：長さが合いません（3 から 20 までの長さ）。"),
        ({"mark": "甲"}, "「mark」：足りません（3 以上の長さ）。"),
        ({"note": "甲社です"}, "「note」：長すぎます（3 までの長さ）。"),
        ({"sign": "甲"}, "「sign」：長さが合いません（ちょうど 2 の長さ）。"),
        ({"least": -2}, "「least」：小さすぎます（-1 以上）。"),
        ({"most": 2}, "「most」：大きすぎます（1.5 以下）。"),
        ({"sure": "多分"}, "「sure」：はい・いいえの値ではありません。"),
        ({"owner": 5}, "「owner」：文字ではありません。"),
        ({"vehicle": "車"}, "「vehicle」：「項目: 値」の集まりではありません。"),
        ({"vehicles": "車"}, "「vehicles」：一覧ではありません。"),
        ({"vehicle": {}}, "「vehicle.plate」：この項目がありません。"),
        (
            {"vehicles": [{"plate": "a"}, {"plate": "b", "load": 0}]},
            "「vehicles[2].load」：範囲の外です（1 から 9 まで）。",
        ),
        ({"number": "甲"}, "「number」：決められた形ではありません。"),
        ({"colour": 1}, "「colour」：知らない項目です。"),
        (
            {"day": "7日", "fee": "千円"},
            "「day」：日付ではありません。「fee」：数ではありません。",
        ),
        (5, schema_faults.OTHER),
    ],
)
def test_each_field_that_does_not_fit_is_told(given: Any, told: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Question().load(given)
    found = schema_faults.in_words(refused.value.messages_dict)
    assert found.startswith(told)
    assert not [word for word in ("Not", "Must", "Length", "甲", "千円") if word in found]
