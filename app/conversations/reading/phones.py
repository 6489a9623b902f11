"""Telephone numbers in a text."""


def phone_numbers(text: str) -> list[str]:
    """The telephone numbers in a text as E.164 ("+628123456789"); local ones are taken as Indonesian."""
    # The library loads the numbering plans of the world, which takes a quarter of a second.
    import phonenumbers

    found = phonenumbers.PhoneNumberMatcher(text[:50_000], "ID", max_tries=2_000)
    numbers = (phonenumbers.format_number(one.number, phonenumbers.PhoneNumberFormat.E164) for one in found)
    return list(dict.fromkeys(numbers))
