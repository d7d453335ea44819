"""People who sign in, and what each may see."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils.crypto import salted_hmac

from shop.core import clock


class UserManager(BaseUserManager["User"]):
    """Creates users by phone or e-mail."""

    def create_user(self, *, phone: str | None = None, email: str | None = None, **fields: Any) -> "User":
        """Create a user; raises IntegrityError when neither phone nor e-mail is given or one is taken."""
        password = fields.pop("password", None)
        user = self.model(phone=phone or None, email=self.normalize_email(email) or None, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str, **fields: Any) -> "User":
        """Create a user with every Django permission."""
        return self.create_user(email=email, password=password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person. Phone (E.164) and e-mail are each unique; at least one is there until the owner closes the account."""

    phone = models.CharField(max_length=20, null=True, unique=True)
    phone_verified = models.BooleanField(default=False)
    email = models.EmailField(null=True, blank=True, unique=True)
    first_name = models.CharField(max_length=60, default="", blank=True)
    last_name = models.CharField(max_length=60, default="", blank=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=clock.now)
    #: Part of what every session is checked against: a higher number ends all that there are.
    session_version = models.PositiveIntegerField(default=0, db_default=0)
    closed_at = models.DateTimeField(
        null=True, blank=True, help_text="since when its owner has gone: a code without a person"
    )

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(phone__isnull=False)
                | models.Q(email__isnull=False)
                | models.Q(closed_at__isnull=False),
                name="user_phone_or_email",
            ),
            models.CheckConstraint(
                condition=models.Q(closed_at__isnull=True)
                | models.Q(
                    phone__isnull=True,
                    email__isnull=True,
                    first_name="",
                    last_name="",
                    is_active=False,
                    phone_verified=False,
                ),
                name="user_closed_is_nobody",
            ),
        ]

    def __str__(self) -> str:
        return self.get_full_name() or f"#{self.pk}"

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        # Sessions of before the first change keep what Django gave them.
        plain: str = super()._get_session_auth_hash(secret)  # type: ignore[misc]
        if not self.session_version:
            return plain
        versioned = f"{plain}:{self.session_version}"
        return salted_hmac("shop.accounts.session", versioned, secret=secret, algorithm="sha256").hexdigest()

    def get_full_name(self) -> str:
        """Return the name as Chinese write it: family name first, no space."""
        return f"{self.last_name}{self.first_name}"

    def get_short_name(self) -> str:
        """Return the given name, or the full one."""
        return self.first_name or self.get_full_name()


class ScopeKind(models.TextChoices):
    ALL = "all"
    REGION = "region"
    SUPPLIER = "supplier"
    ORGANISATION = "organisation"


class Role(models.TextChoices):
    STAFF = "staff"
    FINANCE = "finance"
    LIAISON = "liaison"
    AUDITOR = "auditor"
    PREPARER = "preparer"
    REVIEWER = "reviewer"
    RELEASER = "releaser"
    SUPPLIER = "supplier"
    BUYER = "buyer"
    APPROVER = "approver"
    ACCEPTOR = "acceptor"
    UNIT_FINANCE = "unit_finance"
    OWNER = "owner"


class ScopeGrant(models.Model):
    """A role a person holds, and over what: `code` is a region slug, supplier code or organisation code."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=12, choices=Role.choices)
    kind = models.CharField(max_length=12, choices=ScopeKind.choices)
    code = models.CharField(max_length=40, default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "role", "kind", "code"], name="scope_grant_once"),
            models.CheckConstraint(
                condition=models.Q(kind="all", code="") | (~models.Q(kind="all") & ~models.Q(code="")),
                name="scope_grant_code",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} {self.kind}:{self.code}"


class SignIn(models.Model):
    """A session of a person: since when, by which browser and from where. Its session may have ended meanwhile."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sign_ins")
    session_key = models.CharField(max_length=40, unique=True)
    begun_at = models.DateTimeField()
    #: What the browser says of itself.
    device = models.CharField(max_length=200, default="", blank=True)
    address = models.GenericIPAddressField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["user", "-begun_at"], name="sign_in_user")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.begun_at:%Y-%m-%d %H:%M}"


class Consent(models.Model):
    """That a person agreed to a version of a text: without a name, kept as the proof of it. Append-only by trigger."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="consents")
    document = models.CharField(max_length=20, help_text="privacy or terms")
    version = models.CharField(max_length=20)
    given_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "document", "version"], name="consent_once"),
            models.CheckConstraint(
                condition=models.Q(document__in=["privacy", "terms"]) & ~models.Q(version=""),
                name="consent_to_a_version",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.document} {self.version}"
