"""All changes, by name; each is a file of its own."""

from schemaguard.changes.add_attribute import AddAttribute
from schemaguard.changes.add_check import AddCheck
from schemaguard.changes.add_column import AddColumn
from schemaguard.changes.add_domain_check import AddDomainCheck
from schemaguard.changes.add_enum_value import AddEnumValue
from schemaguard.changes.add_exclude import AddExclude
from schemaguard.changes.add_foreign_key import AddForeignKey
from schemaguard.changes.add_not_null import AddNotNull
from schemaguard.changes.add_primary_key import AddPrimaryKey
from schemaguard.changes.add_unique import AddUnique
from schemaguard.changes.add_using_index import AddUsingIndex
from schemaguard.changes.alter_constraint import AlterConstraint
from schemaguard.changes.alter_function import AlterFunction
from schemaguard.changes.alter_thing import AlterThing
from schemaguard.changes.analyze_table import AnalyzeTable
from schemaguard.changes.as_foreign import AsForeign
from schemaguard.changes.attach_index import AttachIndex
from schemaguard.changes.attach_partition import AttachPartition
from schemaguard.changes.base import Change, Unread
from schemaguard.changes.begin_transaction import BeginTransaction
from schemaguard.changes.call_unknown import CallUnknown
from schemaguard.changes.change_attribute import ChangeAttribute
from schemaguard.changes.change_in_cluster import ChangeInCluster
from schemaguard.changes.change_membership import ChangeMembership
from schemaguard.changes.change_policy import ChangePolicy
from schemaguard.changes.change_rule import ChangeRule
from schemaguard.changes.change_sequence import ChangeSequence
from schemaguard.changes.change_statistics import ChangeStatistics
from schemaguard.changes.change_type import ChangeType
from schemaguard.changes.cluster_table import ClusterTable
from schemaguard.changes.comment_on import CommentOn
from schemaguard.changes.copy_rows import CopyRows
from schemaguard.changes.create_domain import CreateDomain
from schemaguard.changes.create_extension import CreateExtension
from schemaguard.changes.create_function import CreateFunction
from schemaguard.changes.create_index import CreateIndex
from schemaguard.changes.create_schema import CreateSchema
from schemaguard.changes.create_statistics import CreateStatistics
from schemaguard.changes.create_table import CreateTable
from schemaguard.changes.create_thing import CreateThing
from schemaguard.changes.create_trigger import CreateTrigger
from schemaguard.changes.create_type import CreateType
from schemaguard.changes.create_view import CreateView
from schemaguard.changes.declare_cursor import DeclareCursor
from schemaguard.changes.default_privileges import DefaultPrivileges
from schemaguard.changes.delete_rows import DeleteRows
from schemaguard.changes.detach_partition import DetachPartition
from schemaguard.changes.discard import Discard
from schemaguard.changes.drop_attribute import DropAttribute
from schemaguard.changes.drop_column import DropColumn
from schemaguard.changes.drop_constraint import DropConstraint
from schemaguard.changes.drop_default import DropDefault
from schemaguard.changes.drop_domain_constraint import DropDomainConstraint
from schemaguard.changes.drop_extension import DropExtension
from schemaguard.changes.drop_function import DropFunction
from schemaguard.changes.drop_index import DropIndex
from schemaguard.changes.drop_not_null import DropNotNull
from schemaguard.changes.drop_owned import DropOwned
from schemaguard.changes.drop_schema import DropSchema
from schemaguard.changes.drop_table import DropTable
from schemaguard.changes.drop_thing import DropThing
from schemaguard.changes.drop_trigger import DropTrigger
from schemaguard.changes.drop_type import DropType
from schemaguard.changes.drop_view import DropView
from schemaguard.changes.end_in_block import EndInBlock
from schemaguard.changes.end_transaction import EndTransaction
from schemaguard.changes.explain_analyze import ExplainAnalyze
from schemaguard.changes.finish_prepared import FinishPrepared
from schemaguard.changes.grant import Grant
from schemaguard.changes.import_foreign_schema import ImportForeignSchema
from schemaguard.changes.inherit import Inherit
from schemaguard.changes.inherit_not_null import InheritNotNull
from schemaguard.changes.insert_rows import InsertRows
from schemaguard.changes.keep_column import KeepColumn
from schemaguard.changes.keep_constraint import KeepConstraint
from schemaguard.changes.lock_table import LockTable
from schemaguard.changes.merge_rows import MergeRows
from schemaguard.changes.move_all import MoveAll
from schemaguard.changes.move_index import MoveIndex
from schemaguard.changes.move_storage import MoveStorage
from schemaguard.changes.next_in_block import NextInBlock
from schemaguard.changes.plan_statement import PlanStatement
from schemaguard.changes.prepare_transaction import PrepareTransaction
from schemaguard.changes.publish_tables import PublishTables
from schemaguard.changes.reassign_owned import ReassignOwned
from schemaguard.changes.refresh_view import RefreshView
from schemaguard.changes.reindex import Reindex
from schemaguard.changes.release_savepoint import ReleaseSavepoint
from schemaguard.changes.rename_attribute import RenameAttribute
from schemaguard.changes.rename_column import RenameColumn
from schemaguard.changes.rename_constraint import RenameConstraint
from schemaguard.changes.rename_domain_constraint import RenameDomainConstraint
from schemaguard.changes.rename_enum_value import RenameEnumValue
from schemaguard.changes.rename_function import RenameFunction
from schemaguard.changes.rename_index import RenameIndex
from schemaguard.changes.rename_schema import RenameSchema
from schemaguard.changes.rename_table import RenameTable
from schemaguard.changes.rename_thing import RenameThing
from schemaguard.changes.rename_trigger import RenameTrigger
from schemaguard.changes.rename_type import RenameType
from schemaguard.changes.replica_identity import ReplicaIdentity
from schemaguard.changes.reset_all import ResetAll
from schemaguard.changes.revoke import Revoke
from schemaguard.changes.rollback_to import RollbackTo
from schemaguard.changes.row_security import RowSecurity
from schemaguard.changes.select_rows import SelectRows
from schemaguard.changes.set_constraints import SetConstraints
from schemaguard.changes.set_default import SetDefault
from schemaguard.changes.set_domain_default import SetDomainDefault
from schemaguard.changes.set_domain_not_null import SetDomainNotNull
from schemaguard.changes.set_expression import SetExpression
from schemaguard.changes.set_identity import SetIdentity
from schemaguard.changes.set_not_null import SetNotNull
from schemaguard.changes.set_option import SetOption
from schemaguard.changes.set_persistence import SetPersistence
from schemaguard.changes.set_row_type import SetRowType
from schemaguard.changes.set_savepoint import SetSavepoint
from schemaguard.changes.set_schema import SetSchema
from schemaguard.changes.set_setting import SetSetting
from schemaguard.changes.show_setting import ShowSetting
from schemaguard.changes.switch_trigger import SwitchTrigger
from schemaguard.changes.touch_no_table import TouchNoTable
from schemaguard.changes.truncate_tables import TruncateTables
from schemaguard.changes.update_rows import UpdateRows
from schemaguard.changes.vacuum import Vacuum
from schemaguard.changes.validate_constraint import ValidateConstraint
from schemaguard.changes.validate_domain_constraint import ValidateDomainConstraint

__all__ = [
    "AddAttribute",
    "AddCheck",
    "AddColumn",
    "AddDomainCheck",
    "AddEnumValue",
    "AddExclude",
    "AddForeignKey",
    "AddNotNull",
    "AddPrimaryKey",
    "AddUnique",
    "AddUsingIndex",
    "AlterConstraint",
    "AlterFunction",
    "AlterThing",
    "AnalyzeTable",
    "AsForeign",
    "AttachIndex",
    "AttachPartition",
    "BeginTransaction",
    "CallUnknown",
    "Change",
    "ChangeAttribute",
    "ChangeInCluster",
    "ChangeMembership",
    "ChangePolicy",
    "ChangeRule",
    "ChangeSequence",
    "ChangeStatistics",
    "ChangeType",
    "ClusterTable",
    "CommentOn",
    "CopyRows",
    "CreateDomain",
    "CreateExtension",
    "CreateFunction",
    "CreateIndex",
    "CreateSchema",
    "CreateStatistics",
    "CreateTable",
    "CreateThing",
    "CreateTrigger",
    "CreateType",
    "CreateView",
    "DeclareCursor",
    "DefaultPrivileges",
    "DeleteRows",
    "DetachPartition",
    "Discard",
    "DropAttribute",
    "DropColumn",
    "DropConstraint",
    "DropDefault",
    "DropDomainConstraint",
    "DropExtension",
    "DropFunction",
    "DropIndex",
    "DropNotNull",
    "DropOwned",
    "DropSchema",
    "DropTable",
    "DropThing",
    "DropTrigger",
    "DropType",
    "DropView",
    "EndInBlock",
    "EndTransaction",
    "ExplainAnalyze",
    "FinishPrepared",
    "Grant",
    "ImportForeignSchema",
    "Inherit",
    "InheritNotNull",
    "InsertRows",
    "KeepColumn",
    "KeepConstraint",
    "LockTable",
    "MergeRows",
    "MoveAll",
    "MoveIndex",
    "MoveStorage",
    "NextInBlock",
    "PlanStatement",
    "PrepareTransaction",
    "PublishTables",
    "ReassignOwned",
    "RefreshView",
    "Reindex",
    "ReleaseSavepoint",
    "RenameAttribute",
    "RenameColumn",
    "RenameConstraint",
    "RenameDomainConstraint",
    "RenameEnumValue",
    "RenameFunction",
    "RenameIndex",
    "RenameSchema",
    "RenameTable",
    "RenameThing",
    "RenameTrigger",
    "RenameType",
    "ReplicaIdentity",
    "ResetAll",
    "Revoke",
    "RollbackTo",
    "RowSecurity",
    "SelectRows",
    "SetConstraints",
    "SetDefault",
    "SetDomainDefault",
    "SetDomainNotNull",
    "SetExpression",
    "SetIdentity",
    "SetNotNull",
    "SetOption",
    "SetPersistence",
    "SetRowType",
    "SetSavepoint",
    "SetSchema",
    "SetSetting",
    "ShowSetting",
    "SwitchTrigger",
    "TouchNoTable",
    "TruncateTables",
    "Unread",
    "UpdateRows",
    "Vacuum",
    "ValidateConstraint",
    "ValidateDomainConstraint",
]
