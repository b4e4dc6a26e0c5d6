"""The version of the register: a page made from it may be shown again until it moves."""

import pytest
from django.db import transaction

from projects.models import Contract, Register
from tests.factories import CategoryFactory, OrganisationFactory, ProjectFactory, UserFactory

pytestmark = pytest.mark.django_db


def version():
    return Register.objects.values_list("version", flat=True).first()


def moved_by(change):
    before = version()
    change()
    return version() != before


def test_each_saved_and_each_deleted_row_moves_it():
    category = CategoryFactory()
    assert moved_by(category.save)
    assert moved_by(category.delete)
    assert moved_by(
        lambda: Contract.objects.create(
            project=ProjectFactory(), company=OrganisationFactory(), kind="formal", signed_on="2018-01-01", amount=1
        )
    )


def test_accounts_do_not_move_it_as_each_login_writes_to_them():
    OrganisationFactory()
    user = UserFactory()
    assert not moved_by(user.save)


def test_a_change_that_is_taken_back_takes_the_version_back():
    category = CategoryFactory()
    before = version()
    with transaction.atomic():
        category.save()
        transaction.set_rollback(True)
    assert version() == before
