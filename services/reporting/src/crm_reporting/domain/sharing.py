"""What is refused of definitions and dashboards that people keep and share."""

from crm_kit.errors import FailedPrecondition, PermissionDenied

MOST_OF_A_PERSON = 100


class TooManyKept(FailedPrecondition):
    """A person keeps all the reports or dashboards one can. Facts: most."""

    en = "You keep {most} of them, and nobody keeps more. Delete one you no longer use."
    zh = "每人最多保存 {most} 个，请先删除不再使用的。"


class SharedByAnother(PermissionDenied):
    """What is shared is not for everybody to change. Facts: name."""

    en = "Only its owner, or whoever may share there, changes {name}. Save it as one of your own instead."
    zh = "{name} 只能由其创建者或有权在该范围共享的人修改，您可以另存为自己的。"


class NotShareable(PermissionDenied):
    """The caller's right to share does not reach that far. Facts: audience."""

    en = "You may not share with {audience}. Choose a unit of yours, or keep it to yourself."
    zh = "您无权共享给 {audience}，请选择您管理的组织单元，或设为仅自己可见。"


class NotInAnothersName(PermissionDenied):
    """Whoever acts for another keeps nothing in the other's name."""

    en = "You act in somebody's name and keep nothing for them. Leave the delegation first."
    zh = "您正在代理他人，不能以其名义保存，请先退出代理。"


class DatasetWithheld(PermissionDenied):
    """Whoever may not list records may not count them either. Facts: permission, dataset."""

    en = "You may not see {dataset}: that needs the permission {permission}. Ask your administrator."
    zh = "您无权查看 {dataset}，需要权限 {permission}，请联系管理员。"
